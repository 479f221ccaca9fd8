//! The extractor.

use crate::strict::{document::from_slice, media::require_json, violation::Violations};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::IntoResponse as _,
};
use http::{HeaderValue, StatusCode, Version, header::CONNECTION};
use palisade_core::{Denial, DenialKind};
use serde::de::DeserializeOwned;

/// A body of JSON that means one thing, to every reader and in every version of the service.
///
/// Refused with 415: another content type than `application/json` or `application/*+json`, another charset than UTF-8, a content
/// coding. Refused with 400 `VALIDATION_ERROR`, all at once as far as the document can be read, each with a JSON pointer
/// ([`Violations`](crate::Violations)):
///
/// * members that the type does not have, members that stand twice (however they are spelled, at every depth), members that are
///   missing;
/// * values of another type: `"1"` is no number, `1.0` no whole one, `1` not true, an array no structure;
/// * more than 64 levels ([`MAX_DEPTH`](crate::MAX_DEPTH)) or 10,000 values ([`MAX_NODES`](crate::MAX_NODES)), numbers that become
///   infinite, halves of surrogate pairs;
/// * a byte order mark, bytes that are not UTF-8, and anything after the document.
///
/// Nothing of a value is repeated in the answer. How long the body may be, the route says.
///
/// Types that serde reads twice (`#[serde(flatten)]`, `untagged`, internally tagged enums) hide their members from their readers:
/// put `#[serde(deny_unknown_fields)]` on them.
///
/// ```
/// use palisade_routes::{Routes, StrictJson, post};
///
/// #[derive(serde::Deserialize)]
/// struct Inference {
///     prompt: String,
/// }
///
/// let routes = Routes::<()>::new()
///     .route("/inference", post(async |StrictJson(Inference { prompt }): StrictJson<Inference>| prompt).public());
/// # let _ = routes;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StrictJson<T>(pub T);

impl<T: DeserializeOwned> StrictJson<T> {
    /// Reads a document that did not come as a body.
    ///
    /// ```
    /// use palisade_routes::StrictJson;
    ///
    /// #[derive(Debug, serde::Deserialize)]
    /// struct Inference {
    ///     prompt: String,
    ///     model: String,
    /// }
    ///
    /// let bad = StrictJson::<Inference>::from_slice(br#"{"prompt":1,"promt":"Hi"}"#).unwrap_err();
    /// let told: Vec<_> = bad.iter().map(|violation| (violation.pointer(), violation.code())).collect();
    /// assert_eq!(told, [("/prompt", "type"), ("/promt", "unknown"), ("/model", "missing")]);
    /// ```
    ///
    /// # Errors
    ///
    /// Everything that is wrong, as far as it can be looked at.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Violations> {
        from_slice(bytes).map(Self)
    }
}

/// # Errors
///
/// 415 and 400 as above; 413 where the body is longer than the route reads; 408 where it takes too long.
impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for StrictJson<T> {
    type Rejection = Denial;

    async fn from_request(request: Request, state: &S) -> Result<Self, Denial> {
        let (head, body) = request.into_parts();
        require_json(&head)?;
        let version = head.version;
        let body = match Bytes::from_request(Request::from_parts(head, body), state).await {
            Ok(body) => body,
            Err(rejection) => return Err(unread(rejection.into_response().status(), version)),
        };
        Ok(Self(from_slice(&body)?))
    }
}

/// Why a body could not be read to its end.
fn unread(status: StatusCode, version: Version) -> Denial {
    let kind = DenialKind::from_status(status).unwrap_or(DenialKind::Invalid);
    let denial = Denial::new(kind).because("body_unread");
    // What follows on the connection is the rest of a body that nobody reads.
    if version < Version::HTTP_2 {
        denial.with_header(CONNECTION, HeaderValue::from_static("close"))
    } else {
        denial
    }
}
