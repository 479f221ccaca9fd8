//! Who calls, by a token that an issuer signed.

mod refusal;
mod shape;
mod trusted;

use crate::{
    cache::{TokenCache, Verified, VerifiedTokens},
    claims::Claims,
    mapping::Unmapped,
    rejection::Rejection,
    revocation::{Revocations, TokenMarks},
    store_error::StoreError,
    unverified::Unverified,
};
use http::request;
use palisade_core::{
    Authenticator, Authorization, Challenge, Credential, Denial, EventSink, Facts, Moment, Permissions,
    Principal, Reply, Roles, Secret, Tracing,
};
use refusal::Refusals;
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
}

/// What a token that held made known.
#[derive(Debug)]
struct Known {
    principal: Principal,
    claims: Arc<Claims>,
    /// By which it can be revoked.
    marks: Option<TokenMarks>,
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

    fn of(issuers: Vec<TrustedIssuer>) -> Self {
        Self {
            issuers: issuers.into(),
            roles: Roles::default(),
            permissions: Permissions::default(),
            revocations: None,
            cache: Some(Arc::new(VerifiedTokens::new(TokenCache::new()))),
            refusals: Arc::new(Refusals::new(Arc::new(Tracing))),
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

    /// What is known of a token that was verified a moment ago, and that nothing but a revocation could have changed since.
    #[inline]
    fn remember(&self, presented: &[u8], now: Moment) -> Option<Arc<Verified<Known>>> {
        self.cache.as_ref()?.get(presented, now.mono, |found| {
            self.issuers.get(found.issuer).is_some_and(|issuer| {
                let keys = issuer.verifier.source().current();
                keys.is_some_and(|keys| keys.generation() == found.generation)
                    && issuer.verifier.check_dates(&found.value.claims, now.wall).is_ok()
            })
        })
    }

    fn judge(&self, presented: &[u8], now: Moment) -> Reply<Result<Principal, Denial>> {
        let refuse = |issuer, rejection| Reply::now(Err(self.refusals.rejected(issuer, rejection)));
        let Ok(text) = str::from_utf8(presented) else { return refuse(None, Rejection::NotCompact) };
        let token = match Unverified::parse(text) {
            Ok(token) => token,
            Err(rejection) => return refuse(None, rejection),
        };
        let named = |issuer: &TrustedIssuer| issuer.verifier.issuer() == token.issuer();
        let Some((place, issuer)) = self.issuers.iter().enumerate().find(|(_, issuer)| named(issuer)) else {
            return refuse(None, Rejection::WrongIssuer);
        };
        let try_ = Attempt {
            place,
            // Before it is verified: if keys change meanwhile, what was found under the old ones is not believed.
            keys: issuer.verifier.source().current().map(|keys| Seen {
                generation: keys.generation(),
                symmetric: keys.keys().iter().any(|key| key.algorithm().is_symmetric()),
            }),
            now,
            for_account: issuer.mapping.is_for_account(token.claims.audience()),
        };
        match issuer.verifier.verify_parsed(token, now.wall).try_now() {
            Ok(outcome) => self.conclude(presented, &try_, outcome),
            Err(later) => {
                let (this, presented) = (self.clone(), Secret::new(presented));
                Reply::later(async move { this.conclude(presented.expose(), &try_, later.await).await })
            }
        }
    }

    fn conclude(
        &self,
        presented: &[u8],
        attempt: &Attempt,
        outcome: Result<Arc<Claims>, Rejection>,
    ) -> Reply<Result<Principal, Denial>> {
        let Some(issuer) = self.issuers.get(attempt.place) else {
            return Reply::now(Err(self.refusals.rejected(None, Rejection::WrongIssuer)));
        };
        let name = Some(issuer.verifier.issuer());
        let claims = match outcome {
            Ok(claims) => claims,
            Err(Rejection::WrongAudience) if attempt.for_account => {
                return Reply::now(Err(self.refusals.refused(name, Unmapped::KeycloakAccount.as_str())));
            }
            Err(rejection) => return Reply::now(Err(self.refusals.rejected(name, rejection))),
        };
        let known = match self.know(issuer, claims) {
            Ok(known) => known,
            Err(unmapped) => return Reply::now(Err(self.refusals.refused(name, unmapped.as_str()))),
        };
        let seen = attempt.keys.as_ref();
        let kept =
            seen.filter(|seen| self.cache.as_ref().is_some_and(|it| !seen.symmetric || it.setting().hmac));
        if kept.is_none() && known.marks.is_none() {
            return Reply::now(Ok(known.principal));
        }
        let verified = Arc::new(Verified {
            value: known,
            issuer: attempt.place,
            generation: seen.map_or(0, |seen| seen.generation),
            since: attempt.now.mono,
        });
        self.admit(verified, kept.is_some().then_some(presented))
    }

    /// Lets the caller in unless the token was revoked; `fresh` is a token that is to be remembered.
    #[inline]
    fn admit(
        &self,
        verified: Arc<Verified<Known>>,
        fresh: Option<&[u8]>,
    ) -> Reply<Result<Principal, Denial>> {
        let (Some(revocations), Some(marks)) = (&self.revocations, &verified.value.marks) else {
            return Reply::now(Ok(self.admitted(verified, fresh)));
        };
        match revocations.revoked(marks).try_now() {
            Ok(answer) => Reply::now(self.unless_revoked(answer, verified, fresh)),
            Err(later) => {
                let (this, fresh) = (self.clone(), fresh.map(Secret::new));
                let fresh =
                    move |answer| this.unless_revoked(answer, verified, fresh.as_ref().map(Secret::expose));
                later.map(fresh)
            }
        }
    }

    fn unless_revoked(
        &self,
        answer: Result<bool, StoreError>,
        verified: Arc<Verified<Known>>,
        fresh: Option<&[u8]>,
    ) -> Result<Principal, Denial> {
        let issuer = || self.issuers.get(verified.issuer).map(|issuer| issuer.verifier.issuer());
        match answer {
            Ok(false) => Ok(self.admitted(verified, fresh)),
            Ok(true) => Err(self.refusals.refused(issuer(), "revoked_token")),
            Err(error) => Err(self.refusals.undecided(issuer(), "revocations_unavailable", error)),
        }
    }

    #[inline]
    fn admitted(&self, verified: Arc<Verified<Known>>, fresh: Option<&[u8]>) -> Principal {
        let principal = verified.value.principal.clone();
        if let (Some(cache), Some(token)) = (&self.cache, fresh) {
            cache.insert(token, verified);
        }
        principal
    }

    /// Who it is, by claims that hold.
    fn know(&self, issuer: &TrustedIssuer, claims: Arc<Claims>) -> Result<Known, Unmapped> {
        let grants = issuer.mapping.grants(&claims)?;
        let scopes =
            self.permissions.expand(&self.roles.scopes(&grants.scopes, grants.roles.iter().copied()));
        let id = [claims.issuer(), " ", claims.subject()].concat();
        let mut principal = Principal::new(Self::KIND, id).with_scopes(scopes).with_expiry(claims.expires());
        // What the issuer is for is not the token's to say.
        if let Some(tenant) = issuer.tenant.as_deref().or(grants.tenant) {
            principal = principal.with_tenant(tenant);
        }
        if let Some(plan) = grants.plan {
            principal = principal.with_plan(plan);
        }
        let marks = self.revocations.as_ref().map(|_| {
            TokenMarks::of(claims.issuer(), Some(claims.subject()), claims.id(), claims.issued_at())
        });
        Ok(Known { principal: principal.with_details(claims.clone()), claims, marks })
    }
}

/// What is known of a token before it is verified.
struct Attempt {
    place: usize,
    keys: Option<Seen>,
    now: Moment,
    /// It claims to be for Keycloak's account console alone, and the issuer is one.
    for_account: bool,
}

struct Seen {
    generation: u64,
    symmetric: bool,
}

impl Authenticator for Jwt {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        Ok(Authorization::of(&head.headers)?.as_ref().and_then(Self::claim))
    }

    fn find_in<'h>(&self, field: &Authorization<'h>) -> Option<Result<Option<Credential<'h>>, Denial>> {
        Some(Ok(Self::claim(field)))
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
