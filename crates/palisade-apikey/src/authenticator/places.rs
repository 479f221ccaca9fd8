//! Where a key may stand.

use super::shared::refused;
use http::{
    HeaderName, Method,
    header::{AUTHORIZATION, COOKIE},
    request,
};
use palisade_core::{Authorization, Credential, Denial, DenialKind, single_header};

static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// No header: what stands for the query where a place has the name of one.
static QUERY: HeaderName = HeaderName::from_static("query");

/// Where a key may stand, in a declared order; in two places at once it is ambiguous.
#[derive(Clone, Debug)]
pub(super) struct Places {
    pub(super) header: HeaderName,
    pub(super) cookie: Option<&'static str>,
    pub(super) query: Option<&'static str>,
}

impl Default for Places {
    fn default() -> Self {
        Self { header: X_API_KEY.clone(), cookie: None, query: None }
    }
}

impl Places {
    /// The headers in which keys are looked for.
    pub(super) fn headers(&self) -> Vec<HeaderName> {
        let mut headers = vec![self.header.clone(), AUTHORIZATION];
        headers.extend(self.cookie.map(|_| COOKIE));
        headers
    }

    /// The header's name as people write it.
    pub(super) fn header_shown(&self) -> &str {
        if self.header == X_API_KEY { "X-API-Key" } else { self.header.as_str() }
    }

    /// The one key of a request. `claims` tells which bearer tokens are keys.
    pub(super) fn find<'h>(
        &self,
        head: &'h request::Parts,
        claims: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Credential<'h>>, Denial> {
        let found = [
            self.in_header(head)?,
            in_authorization(head, claims)?,
            self.in_cookie(head)?,
            self.in_query(head)?,
        ];
        let mut found = found.into_iter().flatten();
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(ambiguous()),
            (one, _) => Ok(one),
        }
    }

    /// As [`find`](Self::find), where `Authorization` is there and none of the other headers; `None` where a key may stand
    /// elsewhere too.
    #[inline]
    pub(super) fn find_in<'h>(
        &self,
        field: &Authorization<'h>,
        claims: impl Fn(&[u8]) -> bool,
    ) -> Option<Result<Option<Credential<'h>>, Denial>> {
        if self.query.is_some() { None } else { Some(authorized(field, claims)) }
    }

    fn in_header<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        // `Authorization` is read as what it is, whatever the header is said to be.
        if self.header == AUTHORIZATION || !head.headers.contains_key(&self.header) {
            return Ok(None);
        }
        // A credential borrows the name of its place for as long as the head lives.
        let name = if self.header == X_API_KEY {
            &X_API_KEY
        } else {
            head.headers.keys().find(|name| **name == self.header).unwrap_or(&X_API_KEY)
        };
        single_header(&head.headers, name).map_err(in_our_words)
    }

    fn in_cookie<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        let Some(wanted) = self.cookie else { return Ok(None) };
        let lines = head.headers.get_all(COOKIE).into_iter();
        let pairs = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
        only(&COOKIE, wanted, pairs.map(<[u8]>::trim_ascii))
    }

    fn in_query<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        let Some(wanted) = self.query else { return Ok(None) };
        if head.method != Method::GET && head.method != Method::HEAD {
            return Ok(None);
        }
        let query = head.uri.query().unwrap_or_default();
        // Keys are made of characters that nobody needs to escape, so escaped ones are none.
        only(&QUERY, wanted, query.as_bytes().split(|byte| *byte == b'&'))
    }
}

fn in_authorization<'h>(
    head: &'h request::Parts,
    claims: impl Fn(&[u8]) -> bool,
) -> Result<Option<Credential<'h>>, Denial> {
    match Authorization::of(&head.headers)? {
        Some(field) => authorized(&field, claims),
        None => Ok(None),
    }
}

/// `Bearer` with the shape of a key, or `ApiKey` with whatever.
#[inline]
fn authorized<'h>(
    field: &Authorization<'h>,
    claims: impl Fn(&[u8]) -> bool,
) -> Result<Option<Credential<'h>>, Denial> {
    if field.is("Bearer") {
        return Ok(field.opaque().ok().filter(|credential| claims(credential.expose())));
    }
    if field.is("ApiKey") { field.opaque().map(Some).map_err(in_our_words) } else { Ok(None) }
}

/// The value of the one pair with this name.
fn only<'h>(
    place: &'h HeaderName,
    wanted: &str,
    pairs: impl Iterator<Item = &'h [u8]>,
) -> Result<Option<Credential<'h>>, Denial> {
    let value = |pair: &'h [u8]| pair.strip_prefix(wanted.as_bytes())?.strip_prefix(b"=");
    let mut values = pairs.filter_map(value);
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(ambiguous()),
        (Some(b""), None) => Err(refused("malformed_credential")),
        (one, _) => Ok(one.map(|value| Credential::new(place, value))),
    }
}

/// One sentence for every key that does not hold; what is ambiguous stays what it is.
fn in_our_words(denial: Denial) -> Denial {
    if denial.kind() == DenialKind::Unauthenticated { refused(denial.reason()) } else { denial }
}

fn ambiguous() -> Denial {
    Denial::new(DenialKind::Invalid)
        .because("ambiguous_credential")
        .with_message("More than one credential was presented")
        .with_details(serde_json::json!({ "reason": "ambiguous_credential" }))
}
