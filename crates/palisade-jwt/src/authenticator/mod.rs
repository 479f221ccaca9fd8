//! Who calls, by a token that an issuer signed.

mod judge;
mod known;
mod refusal;
mod scope_sets;
mod shape;
mod trusted;

use crate::{
    cache::{TokenCache, VerifiedTokens},
    revocation::Revocations,
};
use http::request;
use known::Known;
use palisade_core::{
    Authenticator, Authorization, Challenge, Credential, Denial, EventSink, Facts, Permissions, Principal,
    Reply, Roles, Tracing,
};
use refusal::Refusals;
use scope_sets::ScopeSets;
use shape::is_signed_token;
use std::{fmt, sync::Arc};

pub use trusted::{IssuersError, MAX_ISSUERS, TrustedIssuer};

/// The authenticator for signed tokens in `Authorization: Bearer`: JSON Web Tokens in compact form (RFC 7519, RFC 6750).
///
/// It claims what has the shape of one, three parts of base64url with dots between them, and leaves every other bearer token to other
/// kinds; it never tries. Where several issuers are trusted, the `iss` that a token claims chooses whose rules and keys judge
/// it, and nothing else. A caller is known by issuer and subject together, never by a name or an address in the token.
///
/// Whatever is wrong with a token, its bearer reads one answer: 401 with `error="invalid_token"`; that a token expired is told, as
/// anybody can read in it. Why it was refused is told in an [`Event`](palisade_core::Event) and in the denial. Where the
/// issuer's keys or the revocations cannot be had, the answer is 503 and no challenge.
///
/// Tokens signed with a private key are remembered for a minute ([`TokenCache`]). The claims reach handlers through `JwtClaims`
/// (feature `axum`), or [`Principal::details`].
///
/// ```
/// use palisade_core::{Authenticate, Secret, gate};
/// use palisade_jwt::{Algorithm, FixedKeys, Jwt, KeySet, Verifier, VerifyingKey};
///
/// let secret = Secret::new("u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1");
/// let keys = FixedKeys::new(KeySet::new([VerifyingKey::hmac(Algorithm::Hs256, &secret)?])?);
/// let verifier = Verifier::builder("https://issuer.example").audience("models").keys(keys)?;
/// let layer = gate(Authenticate::with(Jwt::new(verifier)).strip());
/// # let _ = layer;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Jwt {
    issuers: Arc<[TrustedIssuer]>,
    roles: Roles,
    permissions: Permissions,
    revocations: Option<Arc<dyn Revocations>>,
    cache: Option<Arc<VerifiedTokens<Known>>>,
    refusals: Arc<Refusals>,
    scope_sets: Arc<ScopeSets>,
}

impl Jwt {
    /// The kind of principal that tokens make.
    pub const KIND: &'static str = "jwt";

    /// Takes tokens of this issuer: a [`Verifier`](crate::Verifier), or a [`TrustedIssuer`] where its claims need reading.
    #[must_use]
    pub fn new(issuer: impl Into<TrustedIssuer>) -> Self {
        Self::of(vec![issuer.into()])
    }

    /// Takes tokens of each of these issuers, 1 to [`MAX_ISSUERS`].
    ///
    /// # Errors
    ///
    /// None or too many, one that stands there twice, one with a space in its name.
    pub fn several(issuers: impl IntoIterator<Item = TrustedIssuer>) -> Result<Self, IssuersError> {
        let issuers: Vec<_> = issuers.into_iter().take(MAX_ISSUERS + 1).collect();
        trusted::check(&issuers)?;
        Ok(Self::of(issuers))
    }

    fn of(mut issuers: Vec<TrustedIssuer>) -> Self {
        // By name, so that one among many is found in few steps.
        issuers.sort_by(|one, other| one.verifier.issuer().cmp(other.verifier.issuer()));
        Self {
            issuers: issuers.into(),
            roles: Roles::default(),
            permissions: Permissions::default(),
            revocations: None,
            cache: Some(Arc::new(VerifiedTokens::new(TokenCache::new()))),
            refusals: Arc::new(Refusals::new(Arc::new(Tracing))),
            scope_sets: Arc::new(ScopeSets::new()),
        }
    }

    /// What roles may do, where permissions are not declared.
    #[must_use]
    pub fn roles(self, roles: Roles) -> Self {
        Self { roles, ..self.forgetting() }
    }

    /// What permissions imply, and what roles may do. Give the same to `Authenticate::permissions`, for callers of other kinds.
    #[must_use]
    pub fn permissions(self, permissions: Permissions) -> Self {
        Self { roles: permissions.roles().clone(), permissions, ..self.forgetting() }
    }

    /// Refuses tokens that this store holds for revoked; it is asked at every use, also of a token that is remembered.
    #[must_use]
    pub fn revocations(self, revocations: impl Revocations) -> Self {
        Self { revocations: Some(Arc::new(revocations)), ..self.forgetting() }
    }

    /// Remembers verified tokens so.
    #[must_use]
    pub fn cache(mut self, setting: TokenCache) -> Self {
        self.cache = Some(Arc::new(VerifiedTokens::new(setting)));
        self
    }

    /// Verifies every token anew.
    #[must_use]
    pub fn without_cache(mut self) -> Self {
        self.cache = None;
        self
    }

    /// Tells this sink what happens.
    #[must_use]
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.refusals = Arc::new(Refusals::new(Arc::new(sink)));
        self
    }

    /// How many tokens are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.cache.as_ref().map_or(0, |cache| cache.len())
    }

    /// What a clone remembers was found under other settings.
    fn forgetting(mut self) -> Self {
        self.cache = self.cache.map(|cache| Arc::new(VerifiedTokens::new(cache.setting())));
        self
    }

    fn claim<'h>(field: &Authorization<'h>) -> Option<Credential<'h>> {
        if !field.is("Bearer") {
            return None;
        }
        field.opaque().ok().filter(|credential| is_signed_token(credential.expose()))
    }
}

impl Authenticator for Jwt {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        Ok(Authorization::of(&head.headers)?.as_ref().and_then(Self::claim))
    }

    fn find_in<'h>(&self, field: &Authorization<'h>) -> Option<Result<Option<Credential<'h>>, Denial>> {
        Some(Ok(Self::claim(field)))
    }

    fn verify_in(&self, field: &Authorization<'_>, facts: &Facts) -> Option<Result<Principal, Denial>> {
        // What may have to wait takes the long way, and takes it once.
        if self.revocations.is_some() {
            return None;
        }
        let (presented, now) = (Self::claim(field)?.expose(), facts.now());
        match self.remember(presented, now) {
            Some(known) => Some(Ok(known.value.principal.clone())),
            None => self.try_at_hand(presented, now).ok()?.try_now().ok(),
        }
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        facts: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        let (presented, now) = (credential.expose(), facts.now());
        match self.remember(presented, now) {
            Some(known) => self.admit(known, None),
            None => self.judge(presented, now),
        }
    }

    fn challenge(&self) -> Option<Challenge> {
        self.refusals.challenge()
    }

    fn kept_here(&self) -> Vec<&'static str> {
        let revocations = self.revocations.as_ref().is_some_and(|store| !store.is_shared());
        let keys = self.issuers.iter().any(|issuer| !issuer.verifier.source().is_shared());
        let kept = [(revocations, "revocations of tokens"), (keys, "keys that sign tokens")];
        kept.into_iter().filter_map(|(here, what)| here.then_some(what)).collect()
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("issuers", &self.issuers)
            .field("revocations", &self.revocations)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
