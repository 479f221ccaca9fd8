//! `WWW-Authenticate`: what a caller is told to bring (RFC 9110 §11.6.1).

use http::HeaderValue;
use std::{fmt::Write as _, sync::Arc};

/// One challenge, built part by part and checked as it grows.
///
/// Values are always quoted strings of `%x20-21 / %x23-5B / %x5D-7E` (RFC 6750 §3), so neither quotes nor line ends nor
/// anything outside ASCII can get in. Never put a caller's input into it.
///
/// ```
/// use palisade_core::Challenge;
///
/// let challenge = Challenge::new("Bearer", "api")?.with("error", "invalid_token")?;
/// assert_eq!(challenge.to_header(), "Bearer realm=\"api\", error=\"invalid_token\"");
/// # Ok::<(), palisade_core::InvalidChallenge>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    text: String,
    names: Vec<&'static str>,
}

impl Challenge {
    /// A challenge of `scheme`, always with a realm: `Bearer` must be followed by at least one parameter.
    ///
    /// # Errors
    ///
    /// When the scheme is no token (RFC 9110 §5.6.2) or the realm holds a quote, a backslash, a control character or non-ASCII.
    pub fn new(scheme: &'static str, realm: &str) -> Result<Self, InvalidChallenge> {
        if !is_token(scheme) {
            return Err(InvalidChallenge("the scheme is not a token"));
        }
        Self { text: scheme.to_owned(), names: Vec::new() }.with("realm", realm)
    }

    /// Adds a parameter.
    ///
    /// # Errors
    ///
    /// When the name is no token or stands there already, or the value holds a character that may not stand in one.
    pub fn with(mut self, name: &'static str, value: &str) -> Result<Self, InvalidChallenge> {
        if !is_token(name) {
            return Err(InvalidChallenge("a parameter's name is not a token"));
        }
        if self.names.contains(&name) {
            return Err(InvalidChallenge("a parameter stands twice"));
        }
        if !value.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)) {
            return Err(InvalidChallenge(
                "a parameter's value holds a character that may not stand in a challenge",
            ));
        }
        let comma = if self.names.is_empty() { "" } else { "," };
        let _ = write!(self.text, "{comma} {name}=\"{value}\"");
        self.names.push(name);
        Ok(self)
    }

    /// Whether it is of this scheme.
    pub(crate) fn is(&self, scheme: &str) -> bool {
        self.text.split(' ').next() == Some(scheme)
    }

    /// As it reads where the token that came instead is none that anybody here knows (RFC 6750 §3.1).
    pub(crate) fn unclaimed(self) -> Self {
        let told = |it: Self| {
            it.with("error", "invalid_token")?.with("error_description", "The access token is invalid")
        };
        if self.is("Bearer") { told(self.clone()).unwrap_or(self) } else { self }
    }

    /// The field value.
    #[must_use]
    pub fn to_header(&self) -> HeaderValue {
        // Cannot fail after the checks above; a bare `Bearer` would still be a challenge.
        HeaderValue::from_str(&self.text).unwrap_or(HeaderValue::from_static("Bearer"))
    }
}

/// A part of a challenge could not be written safely.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidChallenge(&'static str);

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// The challenges of one refusal, one field line each; cheap to clone.
///
/// One line a scheme is legal and survives clients that stop at a comma or an unknown scheme. Schemes that are not registered, such
/// as `ApiKey`, stand last, for clients that look at the first line alone; the others stand as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenges(Arc<[HeaderValue]>);

impl Challenges {
    /// The field values in the order in which they are sent.
    pub fn iter(&self) -> impl Iterator<Item = &HeaderValue> {
        self.0.iter()
    }

    /// Whether there is none; a 401 must have one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Challenge> for Challenges {
    fn from_iter<I: IntoIterator<Item = Challenge>>(challenges: I) -> Self {
        let mut lines: Vec<HeaderValue> = Vec::new();
        for challenge in challenges {
            let line = challenge.to_header();
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines.sort_by_key(|line| !is_registered(line));
        Self(lines.into())
    }
}

/// The registry of HTTP authentication schemes (RFC 9110 §16.4.1).
const REGISTERED: [&str; 14] = [
    "Basic",
    "Bearer",
    "Concealed",
    "Digest",
    "DPoP",
    "GNAP",
    "HOBA",
    "Mutual",
    "Negotiate",
    "OAuth",
    "PrivateToken",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "vapid",
];

fn is_registered(line: &HeaderValue) -> bool {
    let scheme = line.as_bytes().split(|byte| *byte == b' ').next().unwrap_or_default();
    REGISTERED.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(scheme))
}

impl From<Challenge> for Challenges {
    fn from(challenge: Challenge) -> Self {
        [challenge].into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a242_a_realm_cannot_break_out_of_its_quotes() {
        for realm in ["a\"b", "a\\b", "a\r\nSet-Cookie: x", "ä", "\u{7f}"] {
            assert!(Challenge::new("Basic", realm).is_err(), "{realm:?}");
        }
    }

    #[test]
    fn parameters_stand_once_and_in_order() {
        let bearer = Challenge::new("Bearer", "api").unwrap();
        assert!(bearer.clone().with("realm", "again").is_err());
        assert!(bearer.clone().with("a b", "x").is_err());
        let full = bearer.with("error", "insufficient_scope").unwrap().with("scope", "a b").unwrap();
        assert_eq!(full.to_header(), "Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"a b\"");
    }

    #[test]
    fn schemes_that_nobody_registered_stand_last_and_the_others_as_they_were_given() {
        let schemes = |schemes: &[&'static str]| {
            let made = schemes.iter().map(|scheme| Challenge::new(scheme, "api").unwrap());
            let lines: Challenges = made.collect();
            let line = |line: &HeaderValue| line.to_str().unwrap().split_once(' ').unwrap().0.to_owned();
            lines.iter().map(line).collect::<Vec<_>>()
        };
        assert_eq!(schemes(&["ApiKey", "Bearer"]), ["Bearer", "ApiKey"]);
        assert_eq!(schemes(&["Mine", "Basic", "ApiKey", "bearer"]), ["Basic", "bearer", "Mine", "ApiKey"]);
    }

    #[test]
    fn equal_challenges_are_sent_once() {
        let bearer = Challenge::new("Bearer", "api").unwrap();
        let lines: Challenges = [bearer.clone(), bearer].into_iter().collect();
        assert_eq!(lines.iter().count(), 1);
    }
}
