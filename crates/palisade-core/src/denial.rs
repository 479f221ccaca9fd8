//! Why a request may not pass.

use crate::challenge::Challenges;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
    response,
};
use serde_json::Value;
use std::{borrow::Cow, error::Error, fmt, sync::Arc};

pub use kind::DenialKind;

/// In which gRPC tells what became of a call; every status of HTTP is 200 there.
pub(crate) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

#[path = "denial_kind.rs"]
mod kind;

/// A refusal: what the client may read, and what the operator must read, kept apart.
///
/// A denial is a value. It has a [kind](DenialKind), a constant public message, and headers that belong to it; the
/// [envelope](crate::EnvelopeLayer) alone puts it into words. `reason` and `source` go to logs and never into a response.
/// Cheap to clone.
///
/// ```
/// use palisade_core::{Denial, DenialKind};
///
/// let denial = Denial::new(DenialKind::Forbidden).because("not_on_sundays");
/// assert_eq!(denial.kind().status(), 403);
/// assert_eq!(denial.message(), "Permission denied");
/// ```
#[derive(Clone)]
pub struct Denial(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: DenialKind,
    reason: &'static str,
    message: Cow<'static, str>,
    challenges: Challenges,
    retry_after: Option<u64>,
    details: Option<Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl Denial {
    /// A refusal with its kind's own message.
    ///
    /// 503 kinds say `Retry-After: 1` unless [`retry_after`](Self::retry_after) says otherwise.
    #[must_use]
    pub fn new(kind: DenialKind) -> Self {
        Self(Arc::new(Inner {
            kind,
            reason: kind.reason(),
            message: Cow::Borrowed(kind.message()),
            challenges: Challenges::default(),
            retry_after: (kind.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
            details: None,
            headers: Vec::new(),
            source: None,
        }))
    }

    /// Says why, for logs and audit, as a `snake_case` word; never sent to the client.
    #[must_use]
    pub fn because(mut self, reason: &'static str) -> Self {
        self.edit().reason = reason;
        self
    }

    /// Replaces the public message; a constant, so that it cannot carry a secret or a caller's input.
    #[must_use]
    pub fn with_message(mut self, message: &'static str) -> Self {
        self.edit().message = Cow::Borrowed(message);
        self
    }

    /// Adds what the caller should bring (401, 403, ambiguous 400).
    #[must_use]
    pub fn with_challenges(mut self, challenges: Challenges) -> Self {
        self.edit().challenges = challenges;
        self
    }

    /// Says when to come back, in whole seconds, at least 1.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.edit().retry_after = Some(seconds.max(1));
        self
    }

    /// Adds structured details for the client; kept only on 400, 429 and 503 (on other kinds they could tell a stranger what
    /// exists).
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        if self.0.kind.may_have_details() {
            self.edit().details = Some(details);
        }
        self
    }

    /// Adds a response header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.edit().headers.push((name, value));
        self
    }

    /// Attaches the cause, for logs.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.edit().source = Some(Arc::new(source));
        self
    }

    /// What was refused, in general.
    #[must_use]
    #[inline]
    pub fn kind(&self) -> DenialKind {
        self.0.kind
    }

    /// Why, in one word for machines.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.0.reason
    }

    /// What the client reads.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What the client reads beside the message.
    #[must_use]
    pub fn details(&self) -> Option<&Value> {
        self.0.details.as_ref()
    }

    /// The challenges it carries.
    #[must_use]
    pub fn challenges(&self) -> &Challenges {
        &self.0.challenges
    }

    /// Seconds after which to come back.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.0.retry_after
    }

    /// Writes status and headers into a response head; replaces what stood there under the same names.
    pub fn write(&self, head: &mut response::Parts) {
        head.status = self.0.kind.status();
        for (at, line) in self.0.challenges.iter().enumerate() {
            if at == 0 {
                head.headers.insert(WWW_AUTHENTICATE, line.clone());
            } else {
                head.headers.append(WWW_AUTHENTICATE, line.clone());
            }
        }
        if let Some(seconds) = self.0.retry_after {
            head.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in &self.0.headers {
            head.headers.insert(name.clone(), value.clone());
        }
    }

    /// Status and headers over an empty body; the envelope gives it words.
    #[must_use]
    pub fn into_bare_response<B: Default>(self) -> Response<B> {
        let (mut head, body) = Response::new(B::default()).into_parts();
        self.write(&mut head);
        Response::from_parts(head, body)
    }

    /// Whether both are one refusal, not merely alike.
    #[cfg(feature = "axum")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

impl fmt::Debug for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denial")
            .field("kind", &self.0.kind)
            .field("reason", &self.0.reason)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for Denial {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::challenge::Challenge;
    use serde_json::json;

    #[test]
    fn details_are_kept_where_they_tell_no_secret() {
        let told = |kind| Denial::new(kind).with_details(json!({"a": 1})).details().is_some();
        assert!(told(DenialKind::Invalid) && told(DenialKind::RateLimited) && told(DenialKind::Unavailable));
        for kind in
            [DenialKind::Unauthenticated, DenialKind::Forbidden, DenialKind::NotFound, DenialKind::Internal]
        {
            assert!(!told(kind), "{kind:?}");
        }
    }

    #[test]
    fn a_bare_response_has_status_headers_and_no_body() {
        let challenge = Challenge::new("Bearer", "api").unwrap();
        let denial = Denial::new(DenialKind::Unauthenticated).with_challenges(challenge.into());
        let response = denial.into_bare_response::<String>();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"api\"");
        assert_eq!(response.body(), "");
    }

    #[test]
    fn cannot_decide_says_when_to_come_back() {
        assert_eq!(Denial::new(DenialKind::Unavailable).retry_after_seconds(), Some(1));
        assert_eq!(Denial::new(DenialKind::RateLimited).retry_after(0).retry_after_seconds(), Some(1));
    }
}
