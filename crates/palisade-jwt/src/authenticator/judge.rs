//! What becomes of a token.

use super::{Jwt, known::Known, trusted::TrustedIssuer};
use crate::{
    cache::Verified, claims::Claims, mapping::Unmapped, rejection::Rejection, revocation::TokenMarks,
    store_error::StoreError, unverified::Unverified,
};
use palisade_core::{Denial, Moment, Principal, Reply, Secret};
use std::sync::Arc;

impl Jwt {
    /// What is known of a token that was verified a moment ago, and that nothing but a revocation could have changed since.
    #[inline]
    pub(super) fn remember(&self, presented: &[u8], now: Moment) -> Option<Arc<Verified<Known>>> {
        self.cache.as_ref()?.get(presented, now.mono, |found| {
            self.issuers.get(found.issuer).is_some_and(|issuer| {
                let keys = issuer.verifier.source().current();
                keys.is_some_and(|keys| keys.generation() == found.generation)
                    && issuer.verifier.check_dates(&found.value.claims, now.wall).is_ok()
            })
        })
    }

    /// What becomes of a token that is not remembered.
    pub(super) fn judge(&self, presented: &[u8], now: Moment) -> Reply<Result<Principal, Denial>> {
        let (try_, token) = match self.try_at_hand(presented, now) {
            Ok(reply) => return reply,
            Err(missing) => *missing,
        };
        let Some(issuer) = self.issuers.get(try_.place) else {
            return Reply::now(Err(self.refusals.rejected(None, Rejection::WrongIssuer)));
        };
        match issuer.verifier.verify_missing(token, try_.keys.is_some(), now.wall).try_now() {
            Ok(outcome) => self.conclude(presented, &try_, outcome),
            Err(later) => {
                let (this, presented) = (self.clone(), Secret::new(presented));
                Reply::later(async move { this.conclude(presented.expose(), &try_, later.await).await })
            }
        }
    }

    /// As [`judge`](Self::judge) by the keys that are at hand; gives back a token whose key is not, of which nothing was told yet.
    #[inline]
    pub(super) fn try_at_hand<'t>(
        &self,
        presented: &'t [u8],
        now: Moment,
    ) -> Result<Reply<Result<Principal, Denial>>, Missing<'t>> {
        let refuse = |issuer, rejection| Ok(Reply::now(Err(self.refusals.rejected(issuer, rejection))));
        let Ok(text) = str::from_utf8(presented) else { return refuse(None, Rejection::NotCompact) };
        let token = match Unverified::parse(text) {
            Ok(token) => token,
            Err(rejection) => return refuse(None, rejection),
        };
        let place = self.issuers.binary_search_by(|issuer| issuer.verifier.issuer().cmp(token.issuer()));
        let Some((place, issuer)) = place.ok().and_then(|place| Some((place, self.issuers.get(place)?)))
        else {
            return refuse(None, Rejection::WrongIssuer);
        };
        // Before it is verified: if keys change meanwhile, what was found under the old ones is not believed.
        let keys = issuer.verifier.source().current();
        let try_ = Attempt {
            place,
            keys: keys.as_ref().map(|keys| Seen {
                generation: keys.generation(),
                symmetric: keys.keys().iter().any(|key| key.algorithm().is_symmetric()),
            }),
            now,
            for_account: issuer.mapping.is_for_account(token.claims.audience()),
        };
        match issuer.verifier.verdict(&token, keys.as_deref(), now.wall) {
            Some(verdict) => Ok(self.conclude(presented, &try_, verdict.map(|()| token.claims))),
            None => Err(Box::new((try_, token))),
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
    pub(super) fn admit(
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
        let grants = issuer.mapping.grants_from(&claims, |text, read| self.scope_sets.of(text, read))?;
        let scopes =
            self.permissions.expand(&self.roles.scopes(&grants.scopes, grants.roles.iter().copied()));
        let scopes = match &issuer.most {
            None => scopes,
            Some(most) => scopes.iter().filter(|scope| most.contains(scope)).cloned().collect(),
        };
        let id = [claims.issuer(), " ", claims.subject()].concat();
        let mut principal = Principal::new(Self::KIND, id).with_scopes(scopes).with_expiry(claims.expires());
        // What the issuer is for is not the token's to say.
        if let Some(tenant) = issuer.tenant.as_deref().or(grants.tenant) {
            principal = principal.with_tenant(tenant);
        }
        if let Some(plan) = grants.plan {
            principal = principal.with_plan(plan);
        }
        let marks = self.revocations.as_ref().map(|_| TokenMarks::of_claims(&claims));
        Ok(Known { principal: principal.with_details(claims.clone()), claims, marks })
    }
}

/// A token whose key is not at hand.
type Missing<'t> = Box<(Attempt, Unverified<'t>)>;

/// What is known of a token before it is verified.
pub(super) struct Attempt {
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
