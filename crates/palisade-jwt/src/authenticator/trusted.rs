//! Whose tokens are taken, and what they say.

use crate::{mapping::Mapping, verifier::Verifier};
use palisade_core::{Scope, ScopeSet};
use std::{collections::BTreeSet, sync::Arc};

/// An issuer whose tokens are taken, and what its claims mean here.
///
/// ```
/// use palisade_core::Secret;
/// use palisade_jwt::{Algorithm, FixedKeys, KeySet, Mapping, TrustedIssuer, Verifier, VerifyingKey};
///
/// # let secret = Secret::new("u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1");
/// # let keys = FixedKeys::new(KeySet::new([VerifyingKey::hmac(Algorithm::Hs256, &secret)?])?);
/// let verifier = Verifier::builder("https://acme.example/realms/main").audience("orders").keys(keys)?;
/// let issuer = TrustedIssuer::new(verifier).mapping(Mapping::keycloak("orders")).tenant("acme");
/// # let _ = issuer;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    pub(super) verifier: Verifier,
    pub(super) mapping: Mapping,
    pub(super) tenant: Option<Arc<str>>,
    /// What its callers have at most; `None` is no bound.
    pub(super) most: Option<ScopeSet>,
}

impl TrustedIssuer {
    /// Its tokens are verified so, and say what RFC 9068 names ([`Mapping::new`]).
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier, mapping: Mapping::new(), tenant: None, most: None }
    }

    /// Its claims mean this.
    #[must_use]
    pub fn mapping(mut self, mapping: Mapping) -> Self {
        self.mapping = mapping;
        self
    }

    /// All its callers call on behalf of this tenant, whatever their tokens say.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<Arc<str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Its callers have at most these permissions, whatever its tokens say, by name or through roles: a permission means the same
    /// whoever says it, and not every issuer is to say all of them.
    #[must_use]
    pub fn at_most<S: Into<Scope>>(mut self, permissions: impl IntoIterator<Item = S>) -> Self {
        self.most = Some(ScopeSet::of(permissions));
        self
    }
}

impl From<Verifier> for TrustedIssuer {
    fn from(verifier: Verifier) -> Self {
        Self::new(verifier)
    }
}

/// The most issuers that one authenticator takes tokens of.
pub const MAX_ISSUERS: usize = 1_000;

/// Why tokens of these issuers cannot be told apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuersError {
    /// Nobody's tokens would be taken.
    #[error("no issuer is trusted; name at least one")]
    None,
    /// More than [`MAX_ISSUERS`].
    #[error("at most {MAX_ISSUERS} issuers can be trusted")]
    TooMany,
    /// Two have one name, so that a token could not say which one it comes from.
    #[error("the issuer {0:?} stands there twice; give its one verifier all its audiences")]
    Twice(Box<str>),
    /// The name of a caller is the issuer, a space and the subject.
    #[error("the issuer {0:?} holds a space; where several are trusted, callers could not be told apart")]
    Space(Box<str>),
}

/// Whether these can stand side by side.
pub(super) fn check(issuers: &[TrustedIssuer]) -> Result<(), IssuersError> {
    if issuers.is_empty() {
        return Err(IssuersError::None);
    }
    if issuers.len() > MAX_ISSUERS {
        return Err(IssuersError::TooMany);
    }
    let mut names = BTreeSet::new();
    for name in issuers.iter().map(|issuer| issuer.verifier.issuer()) {
        if name.contains(' ') {
            return Err(IssuersError::Space(name.into()));
        }
        if !names.insert(name) {
            return Err(IssuersError::Twice(name.into()));
        }
    }
    Ok(())
}
