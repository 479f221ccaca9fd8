//! Who is calling.

use crate::{clock::UnixTime, scope::ScopeSet};
use std::sync::Arc;

/// A caller whose credential was verified; cheap to clone.
///
/// An authenticator makes it ([`new`](Self::new) is public so that yours can) and everything behind the fence trusts it: the
/// id and the scopes decide what is allowed and whose limit is charged. Only the [`Authenticate`](crate::Authenticate)
/// guard can write it into a request's facts, so a handler that finds one there knows that a credential was verified for it.
///
/// ```
/// use palisade_core::Principal;
///
/// let principal = Principal::new("static", "ci").with_scopes("read_models".parse().unwrap());
/// assert_eq!(principal.id(), "ci");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal(Arc<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: &'static str,
    id: Box<str>,
    scopes: ScopeSet,
    expires: Option<UnixTime>,
}

impl Principal {
    /// A caller known by `id`, unique within its `kind` of credential (`static`, `api_key`, `jwt` …), without any permission.
    #[must_use]
    pub fn new(kind: &'static str, id: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner { kind, id: id.into(), scopes: ScopeSet::empty(), expires: None }))
    }

    /// Grants these permissions, and no others.
    #[must_use]
    pub fn with_scopes(mut self, scopes: ScopeSet) -> Self {
        Arc::make_mut(&mut self.0).scopes = scopes;
        self
    }

    /// Says when the credential stops being valid; the authenticator enforces it, this tells others.
    #[must_use]
    pub fn with_expiry(mut self, at: UnixTime) -> Self {
        Arc::make_mut(&mut self.0).expires = Some(at);
        self
    }

    /// Which kind of credential made it known.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// Its name within the kind.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// What it may do.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.0.scopes
    }

    /// When its credential stops being valid, where that is known.
    #[must_use]
    pub fn expires(&self) -> Option<UnixTime> {
        self.0.expires
    }
}
