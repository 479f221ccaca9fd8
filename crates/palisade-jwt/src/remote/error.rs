//! What can go wrong with a provider.

use std::{borrow::Cow, fmt};

/// Why a provider's keys could not be fetched. For operators; no client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteError {
    kind: RemoteErrorKind,
    detail: Cow<'static, str>,
}

/// The class of a [`RemoteError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RemoteErrorKind {
    /// The name has no address, or every address is private and was not listed.
    Address,
    /// No connection came about, or it broke.
    Connect,
    /// The certificate or the protocol version is not acceptable.
    Tls,
    /// The whole answer was not there in time.
    Timeout,
    /// The answer leads elsewhere; that is not followed.
    Redirect,
    /// A status other than 200.
    Status,
    /// The answer is too large.
    TooLarge,
    /// The answer is no JSON, compressed, or not what was asked for.
    Document,
    /// The discovery document speaks for another issuer.
    Issuer,
    /// There is no key that can be used.
    NoKeys,
    /// The fetch itself failed in a way that is a mistake of its program.
    Internal,
}

impl RemoteErrorKind {
    /// The class as a `snake_case` word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Redirect => "redirect",
            Self::Status => "status",
            Self::TooLarge => "too_large",
            Self::Document => "document",
            Self::Issuer => "issuer",
            Self::NoKeys => "no_keys",
            Self::Internal => "internal",
        }
    }
}

impl RemoteError {
    /// An error of this class; the detail may reach logs and must hold no secret. It is cut after 256 characters, and loses
    /// control characters.
    #[must_use]
    pub fn new(kind: RemoteErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        let mut detail = detail.into();
        if detail.len() > MAX_DETAIL || detail.contains(char::is_control) {
            detail = detail.chars().filter(|c| !c.is_control()).take(MAX_DETAIL).collect::<String>().into();
        }
        Self { kind, detail }
    }

    /// Its class.
    #[must_use]
    pub const fn kind(&self) -> RemoteErrorKind {
        self.kind
    }

    /// Whether the provider answered at all; who answers is not asked again at once.
    pub(crate) const fn was_answered(&self) -> bool {
        use RemoteErrorKind::{Document, Issuer, NoKeys, Redirect, Status, TooLarge};
        matches!(self.kind, Document | Issuer | NoKeys | Redirect | Status | TooLarge)
    }
}

const MAX_DETAIL: usize = 256;

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for RemoteError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_sent_fits_a_line() {
        let error =
            RemoteError::new(RemoteErrorKind::Document, format!("a\r\nb\x1b[31m{}", "x".repeat(9_999)));
        assert!(error.to_string().starts_with("ab[31mxxx") && error.to_string().len() == MAX_DETAIL);
        assert_eq!(error.kind().as_str(), "document");
    }
}
