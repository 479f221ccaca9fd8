//! Bodies, read within a time and taken apart strictly.

use crate::{
    json,
    login::{
        password::Password,
        users::{Mistake, UsersError},
    },
};
use axum::{
    body::Bytes,
    extract::{FromRequest as _, Request},
};
use http::{
    HeaderMap, HeaderValue, Version,
    header::{CONNECTION, CONTENT_TYPE},
};
use palisade_core::{Denial, DenialKind};
use palisade_routes::form_text;
use serde_json::{Map, Value};
use std::{str::FromStr, time::Duration};
use tokio::time::timeout;

/// How long a body may take from its first byte to its last.
const DEADLINE: Duration = Duration::from_secs(10);
/// Mistakes told of one request; more would only make the answer long.
const MOST: usize = 20;

/// What is left of a body to be read.
pub(super) struct Fields {
    members: Map<String, Value>,
    mistakes: Vec<Mistake>,
}

enum Kind {
    Json,
    Form,
}

impl Fields {
    /// A body that says it is JSON.
    pub(super) async fn json(request: Request) -> Result<Self, Denial> {
        match kind(request.headers()) {
            Some(Kind::Json) => Self::read(request, Kind::Json).await,
            _ => Err(unsupported()),
        }
    }

    /// A body that says it is JSON, or a form as browsers send it.
    pub(super) async fn json_or_form(request: Request) -> Result<Self, Denial> {
        let kind = kind(request.headers()).ok_or_else(unsupported)?;
        Self::read(request, kind).await
    }

    async fn read(request: Request, kind: Kind) -> Result<Self, Denial> {
        let body = bytes(request).await?;
        let members = match kind {
            Kind::Json => json::object(&body).ok(),
            Kind::Form => form(&body),
        };
        // What the parser says may hold what was sent.
        let expected = "the body is one JSON object, or one form, in which no name stands twice";
        let wrong = || UsersError::Invalid(vec![Mistake::new("#", expected)]);
        Ok(Self { members: members.ok_or_else(wrong)?, mistakes: Vec::new() })
    }

    /// A member; `Some(Null)` where it is there and null.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name)
    }

    pub(super) fn mistake<T>(&mut self, name: &str, detail: &str) -> Option<T> {
        self.mistakes.push(Mistake::new(format!("#/{name}"), detail));
        None
    }

    /// A member that must be there.
    pub(super) fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Self, Value) -> Option<T>,
    ) -> Option<T> {
        match self.take(name) {
            Some(value) => read(self, value),
            None => self.mistake(name, "is required"),
        }
    }

    /// A text that is what it should be.
    pub(super) fn text<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        name: &str,
        value: &Value,
    ) -> Option<T> {
        match value.as_str().map(str::parse) {
            Some(Ok(value)) => Some(value),
            Some(Err(error)) => self.mistake(name, &error.to_string()),
            None => self.mistake(name, "a text"),
        }
    }

    pub(super) fn password(&mut self, name: &str) -> Option<Password> {
        self.required(name, |this, value| this.as_password(name, value))
    }

    pub(super) fn as_password(&mut self, name: &str, value: Value) -> Option<Password> {
        let Value::String(text) = value else { return self.mistake(name, "a text") };
        match Password::new(text) {
            Ok(password) => Some(password),
            Err(error) => self.mistake(name, &error.to_string()),
        }
    }

    /// A list of texts, none of them twice.
    pub(super) fn list<T: FromStr + PartialEq>(&mut self, name: &str, value: &Value) -> Option<Vec<T>> {
        let Some(items) = value.as_array() else { return self.mistake(name, "a list of names") };
        let mut list = Vec::with_capacity(items.len().min(512));
        for (at, item) in items.iter().enumerate().take(512) {
            match item.as_str().and_then(|text| text.parse().ok()) {
                Some(value) if list.contains(&value) => {
                    self.mistake::<T>(&format!("{name}/{at}"), "stands twice");
                }
                Some(value) => list.push(value),
                None => {
                    self.mistake::<T>(&format!("{name}/{at}"), "a name");
                }
            }
        }
        if items.len() > 512 { self.mistake(name, "too many") } else { Some(list) }
    }

    /// What nobody took nobody knows.
    pub(super) fn finish(mut self) -> Result<(), Denial> {
        for name in self.members.keys().take(MOST) {
            // Escaped as RFC 6901 §3 wants it; cut, because it may be as long as the body.
            let name: String = name.chars().take(64).collect();
            let pointer = format!("#/{}", name.replace('~', "~0").replace('/', "~1"));
            self.mistakes.push(Mistake::new(pointer, "unknown field"));
        }
        if self.mistakes.is_empty() {
            return Ok(());
        }
        self.mistakes.truncate(MOST);
        Err(UsersError::Invalid(self.mistakes).into())
    }
}

/// A value that was read where nothing was wrong.
pub(super) fn read<T>(value: Option<T>) -> Result<T, Denial> {
    value.ok_or_else(|| Denial::new(DenialKind::Internal))
}

fn unsupported() -> Denial {
    Denial::new(DenialKind::UnsupportedMediaType).because("content_type")
}

fn kind(headers: &HeaderMap) -> Option<Kind> {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (Some(kind), None) = (lines.next(), lines.next()) else { return None };
    let kind = kind.as_bytes().split(|byte| *byte == b';').next().map(<[u8]>::trim_ascii)?;
    if kind.eq_ignore_ascii_case(b"application/json") {
        Some(Kind::Json)
    } else if kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        Some(Kind::Form)
    } else {
        None
    }
}

/// The whole body; however slowly it trickles, it has so long and no longer.
async fn bytes(request: Request) -> Result<Bytes, Denial> {
    let version = request.version();
    match timeout(DEADLINE, Bytes::from_request(request, &())).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) => {
            let kind = DenialKind::from_status(rejection.status()).unwrap_or(DenialKind::Invalid);
            Err(closing(Denial::new(kind), version))
        }
        Err(_) => Err(closing(Denial::new(DenialKind::Timeout), version)),
    }
}

/// The rest of the body would be read as the next request; HTTP/2 has streams for that.
fn closing(denial: Denial, version: Version) -> Denial {
    if version < Version::HTTP_2 {
        denial.with_header(CONNECTION, HeaderValue::from_static("close"))
    } else {
        denial
    }
}

/// A form (WHATWG URL §5.1) in UTF-8 in which no name stands twice.
fn form(body: &[u8]) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (form_text(pair.get(..at)?)?, form_text(pair.get(at + 1..)?)?);
        if members.len() >= 64 || members.insert(name, Value::String(value)).is_some() {
            return None;
        }
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Option<&Value>) {
        assert_eq!(form(body.as_bytes()).map(Value::Object).as_ref(), expected, "{body}");
    }

    #[test]
    fn a172_forms_are_read_strictly() {
        use serde_json::json;
        check(
            "username=ada&password=a+b%26%3D%00%C3%A9",
            Some(&json!({ "username": "ada", "password": "a b&=\0é" })),
        );
        check("a=&b==", Some(&json!({ "a": "", "b": "=" })));
        for body in ["a", "a=1&a=2", "a=1&%61=2", "a=%", "a=%4", "a=%zz", "a=%ff", "=&="] {
            check(body, None);
        }
    }
}
