//! The members of a request's body, each read strictly, and all mistakes told at once.

use super::json::Strict;
use crate::{
    id::KeyId,
    keyring::{KeyPatch, KeyringError, Life, Mistake, NewKey},
    record::{MAX_NETWORKS, MAX_PERMISSIONS, MAX_ROLES, Metadata},
    store::KeyQuery,
    text::{KeyName, Owner, Reason},
};
use http::{HeaderMap, header::CONTENT_TYPE};
use palisade_core::{Denial, DenialKind, ScopeSet, UnixTime};
use serde_json::{Map, Value};
use std::str::FromStr;

/// What is left of a body to be read.
pub(super) struct Fields {
    members: Map<String, Value>,
    mistakes: Vec<Mistake>,
}

/// Mistakes told of one request; more would only make the answer long.
const MOST: usize = 20;

impl Fields {
    /// Takes a body apart that says it is JSON.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Denial> {
        let kind = headers.get(CONTENT_TYPE).map(|kind| kind.as_bytes());
        let kind = kind.and_then(|kind| kind.split(|byte| *byte == b';').next()).map(<[u8]>::trim_ascii);
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/json")) {
            return Err(Denial::new(DenialKind::UnsupportedMediaType).because("not_json"));
        }
        match serde_json::from_slice(body) {
            Ok(Strict(Value::Object(members))) => Ok(Self { members, mistakes: Vec::new() }),
            // What the parser says may hold what was sent.
            _ => Err(KeyringError::Invalid(vec![Mistake::new(
                "#",
                "the body is one JSON object in which no name stands twice",
            )])
            .into()),
        }
    }

    pub(super) fn into_new_key(mut self) -> Result<NewKey, Denial> {
        let name = self.text::<KeyName>("name");
        if name.is_none() && !self.is_wrong("name") {
            self.mistake::<()>("name", "is required: 1 to 128 bytes of text");
        }
        let permissions = self.permissions();
        if permissions.is_none() && !self.is_wrong("permissions") {
            self.mistake::<()>("permissions", "is required: a list of permissions");
        }
        let roles = self.list("roles", MAX_ROLES, "a list of names of roles");
        let plan = self.text("plan");
        let networks = self.networks();
        let not_before = self.date("not_before");
        let life = self.life();
        let metadata = self.metadata();
        self.finish()?;
        let Some(name) = name else { return Err(Denial::new(DenialKind::Internal)) };
        let mut new = NewKey::named(name);
        new.permissions = permissions.unwrap_or_default();
        new.roles = roles.unwrap_or_default();
        new.plan = plan;
        new.networks = networks.unwrap_or_default();
        new.not_before = not_before;
        new.life = life.unwrap_or_default();
        new.metadata = metadata.unwrap_or_default();
        Ok(new)
    }

    pub(super) fn into_patch(mut self) -> Result<KeyPatch, Denial> {
        let disabled = match self.take("disabled") {
            None => None,
            Some(Value::Bool(disabled)) => Some(disabled),
            Some(_) => self.mistake("disabled", "true or false"),
        };
        let patch = KeyPatch {
            name: self.text("name"),
            permissions: self.permissions(),
            roles: self.list("roles", MAX_ROLES, "a list of names of roles"),
            plan: self.or_none("plan", Self::text),
            networks: self.networks(),
            not_before: self.or_none("not_before", Self::date),
            disabled,
            life: self.life(),
            metadata: self.metadata(),
        };
        self.finish().map(|()| patch)
    }

    pub(super) fn into_grace(mut self) -> Result<Option<u64>, Denial> {
        let grace = match self.take("grace_seconds") {
            None => None,
            Some(seconds) => {
                let seconds = seconds.as_u64();
                seconds
                    .or_else(|| self.mistake("grace_seconds", "a whole number of seconds, at most 2592000"))
            }
        };
        self.finish().map(|()| grace)
    }

    pub(super) fn into_reason(mut self) -> Result<Option<Reason>, Denial> {
        let reason = self.text("reason");
        self.finish().map(|()| reason)
    }

    pub(super) fn into_query(mut self) -> Result<(KeyQuery, Option<Reason>), Denial> {
        let query = KeyQuery {
            owner: self.text::<Owner>("owner"),
            lineage: self.text::<KeyId>("lineage"),
            created_before: self.date("created_before"),
            unused_since: self.date("unused_since"),
            ..KeyQuery::default()
        };
        let reason = self.text("reason");
        self.finish().map(|()| (query, reason))
    }

    /// A member; null is the same as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// A member that null takes away (RFC 7396).
    fn or_none<T>(&mut self, name: &str, read: fn(&mut Self, &str) -> Option<T>) -> Option<Option<T>> {
        if self.members.get(name).is_some_and(Value::is_null) {
            self.members.remove(name);
            return Some(None);
        }
        read(self, name).map(Some)
    }

    fn mistake<T>(&mut self, name: &str, detail: &str) -> Option<T> {
        self.mistakes.push(Mistake::new(format!("#/{name}"), detail));
        None
    }

    fn is_wrong(&self, name: &str) -> bool {
        let place = format!("#/{name}");
        self.mistakes.iter().any(|mistake| mistake.pointer.starts_with(&place))
    }

    fn text<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        match self.take(name)? {
            Value::String(text) => match text.parse() {
                Ok(value) => Some(value),
                Err(error) => self.mistake(name, &error.to_string()),
            },
            _ => self.mistake(name, "a text"),
        }
    }

    /// A list of texts, none of them twice.
    fn list<T: FromStr + PartialEq>(&mut self, name: &str, max: usize, expected: &str) -> Option<Vec<T>> {
        let Value::Array(items) = self.take(name)? else { return self.mistake(name, expected) };
        if items.len() > max {
            return self.mistake(name, &format!("at most {max}"));
        }
        let mut list = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            match item.as_str().and_then(|text| text.parse().ok()) {
                Some(value) if list.contains(&value) => {
                    self.mistake::<T>(&format!("{name}/{at}"), "stands twice");
                }
                Some(value) => list.push(value),
                None => {
                    self.mistake::<T>(&format!("{name}/{at}"), expected);
                }
            }
        }
        Some(list)
    }

    fn date(&mut self, name: &str) -> Option<UnixTime> {
        let date = match self.take(name)? {
            Value::String(text) => UnixTime::parse_rfc3339(&text),
            _ => None,
        };
        date.or_else(|| self.mistake(name, "a date such as 2026-11-22T07:15:18Z"))
    }

    fn permissions(&mut self) -> Option<ScopeSet> {
        let words = self.list("permissions", MAX_PERMISSIONS, "a list of permissions")?;
        Some(words.into_iter().collect())
    }

    fn networks(&mut self) -> Option<Vec<ipnet::IpNet>> {
        self.list("networks", MAX_NETWORKS, "a list of networks such as 192.0.2.0/24")
    }

    /// Strictly a whole number: what is nearly one is a mistake of the caller's, and not for us to round.
    fn life(&mut self) -> Option<Life> {
        match self.take("expires_in_days")?.as_u64() {
            Some(days @ 1..=365) => Some(Life::days(days)),
            _ => self.mistake("expires_in_days", "a whole number from 1 to 365, or null for the default"),
        }
    }

    fn metadata(&mut self) -> Option<Metadata> {
        match Metadata::new(self.take("metadata")?) {
            Ok(metadata) => Some(metadata),
            Err(error) => self.mistake("metadata", &error.to_string()),
        }
    }

    /// What nobody took nobody knows.
    fn finish(&mut self) -> Result<(), Denial> {
        let unknown: Vec<String> = self.members.keys().take(MOST).cloned().collect();
        for name in unknown {
            // Escaped as RFC 6901 §3 wants it; cut, because it may be as long as the body.
            let name: String = name.chars().take(64).collect();
            self.mistake::<()>(&name.replace('~', "~0").replace('/', "~1"), "unknown field");
        }
        if self.mistakes.is_empty() {
            return Ok(());
        }
        let mut mistakes = std::mem::take(&mut self.mistakes);
        mistakes.truncate(MOST);
        Err(KeyringError::Invalid(mistakes).into())
    }
}
