//! Who is calling.

use crate::{clock::UnixTime, details::Details, scope::ScopeSet};
use std::{any::Any, sync::Arc};

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
    tenant: Option<Box<str>>,
    lineage: Option<Box<str>>,
    plan: Option<Box<str>>,
    details: Option<Details>,
}

impl Principal {
    /// A caller known by `id`, unique within its `kind` of credential (`static`, `api_key`, `jwt` …), without any permission.
    #[must_use]
    pub fn new(kind: &'static str, id: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Inner {
            kind,
            id: id.into(),
            scopes: ScopeSet::empty(),
            expires: None,
            tenant: None,
            lineage: None,
            plan: None,
            details: None,
        }))
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

    /// Says on whose behalf it calls: callers of one tenant can be counted together.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<Box<str>>) -> Self {
        Arc::make_mut(&mut self.0).tenant = Some(tenant.into());
        self
    }

    /// Says what its credential descends from: a key that replaces or narrows another one keeps the other's lineage.
    #[must_use]
    pub fn with_lineage(mut self, lineage: impl Into<Box<str>>) -> Self {
        Arc::make_mut(&mut self.0).lineage = Some(lineage.into());
        self
    }

    /// Says which plan it is on: limits can have quotas for each plan.
    #[must_use]
    pub fn with_plan(mut self, plan: impl Into<Box<str>>) -> Self {
        Arc::make_mut(&mut self.0).plan = Some(plan.into());
        self
    }

    /// Attaches what only its kind of credential knows of it, such as the claims of a token; replaces what was attached.
    ///
    /// ```
    /// use palisade_core::Principal;
    /// use std::sync::Arc;
    ///
    /// #[derive(Debug, PartialEq)]
    /// struct Certificate(&'static str);
    ///
    /// let principal = Principal::new("mtls", "node-7").with_details(Arc::new(Certificate("CN=node-7")));
    /// assert_eq!(*principal.details::<Certificate>().unwrap(), Certificate("CN=node-7"));
    /// assert!(principal.details::<String>().is_none());
    /// ```
    #[must_use]
    pub fn with_details<T: Any + Send + Sync>(mut self, details: Arc<T>) -> Self {
        Arc::make_mut(&mut self.0).details = Some(Details::new(details));
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

    /// On whose behalf it calls, where that was said.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.0.tenant.as_deref()
    }

    /// What its credential descends from, unique within its kind; its own id where it descends from nothing.
    #[must_use]
    pub fn lineage(&self) -> &str {
        self.0.lineage.as_deref().unwrap_or(&self.0.id)
    }

    /// Which plan it is on, where that was said.
    #[must_use]
    pub fn plan(&self) -> Option<&str> {
        self.0.plan.as_deref()
    }

    /// What its kind of credential attached, where that is a `T`.
    #[must_use]
    pub fn details<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.details.as_ref()?.get()
    }
}
