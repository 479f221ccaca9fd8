//! Whether a token holds.

use super::{rules::Rules, signature};
use crate::{
    claims::Claims, key_set::KeySet, key_source::KeySource, rejection::Rejection, unverified::Unverified,
};
use palisade_core::{Reply, UnixTime};
use std::{fmt, sync::Arc};

/// Verifies the tokens of one issuer: signed JWTs in compact form (RFC 7519, RFC 7515 §7.1). Cheap to clone.
///
/// Cheap checks come before dear ones: length, form, header, issuer and expiry, key, signature, then the other claims. What
/// a token holds is judged at the time that the caller names.
///
/// ```
/// use palisade_core::{Secret, UnixTime};
/// use palisade_jwt::{Algorithm, FixedKeys, KeySet, Rejection, Verifier, VerifyingKey};
///
/// let secret = Secret::new("u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1");
/// let keys = KeySet::new([VerifyingKey::hmac(Algorithm::Hs256, &secret)?])?;
/// let verifier = Verifier::builder("https://issuer.example").audience("models").keys(FixedKeys::new(keys))?;
///
/// let verdict = verifier.verify("eyJhbGciOiJub25lIn0.e30.AA", UnixTime::from_secs(1_700_000_000));
/// assert_eq!(verdict.try_now().unwrap(), Err(Rejection::UnknownAlgorithm));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    rules: Rules,
    keys: Box<dyn KeySource>,
}

impl Verifier {
    pub(super) fn of(rules: Rules, keys: Box<dyn KeySource>) -> Self {
        Self(Arc::new(Inner { rules, keys }))
    }

    /// Whether this token holds at `now`; ready at once unless it names a key that is not there and the source looks
    /// again.
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply changes nothing.
    pub fn verify(&self, token: &str, now: UnixTime) -> Reply<Result<Arc<Claims>, Rejection>> {
        match Unverified::parse(token) {
            Ok(token) => self.verify_parsed(token, now),
            Err(rejection) => Reply::now(Err(rejection)),
        }
    }

    /// As [`verify`](Self::verify), for a token that was read to choose this verifier.
    pub fn verify_parsed(
        &self,
        token: Unverified<'_>,
        now: UnixTime,
    ) -> Reply<Result<Arc<Claims>, Rejection>> {
        let keys = self.0.keys.current();
        match self.verdict(&token, keys.as_deref(), now) {
            Some(verdict) => Reply::now(verdict.map(|()| token.claims)),
            None => self.verify_missing(token, keys.is_some(), now),
        }
    }

    /// As [`verify`](Self::verify), for a token that [`verdict`](Self::verdict) found no key for.
    #[cold]
    pub(crate) fn verify_missing(
        &self,
        token: Unverified<'_>,
        keys: bool,
        now: UnixTime,
    ) -> Reply<Result<Arc<Claims>, Rejection>> {
        let Some(id) = token.key_id() else {
            return Reply::now(Err(if keys { Rejection::NoKeyId } else { Rejection::Unavailable }));
        };
        // Where there are no keys at all, the source may be about to have some.
        match self.0.keys.missing(id).try_now() {
            Ok(keys) => Reply::now(self.with(token, keys, now)),
            Err(later) => {
                let (verifier, token) = (self.clone(), token.into_owned());
                later.map(move |keys| verifier.with(token, keys, now))
            }
        }
    }

    /// What these keys say of a token; `None` where there are none, or it names one that is not among them.
    #[inline]
    pub(crate) fn verdict(
        &self,
        token: &Unverified<'_>,
        keys: Option<&KeySet>,
        now: UnixTime,
    ) -> Option<Result<(), Rejection>> {
        if let Err(rejection) = self.0.rules.cheap(&token.claims, now) {
            return Some(Err(rejection));
        }
        let keys = keys.filter(|keys| !signature::is_missing(keys, &token.header))?;
        Some(self.0.rules.judge(token, keys, now))
    }

    /// The verdict by these keys alone: a pure function.
    ///
    /// # Errors
    ///
    /// Why the token does not hold.
    pub fn check(&self, token: &str, keys: &KeySet, now: UnixTime) -> Result<Claims, Rejection> {
        let token = Unverified::parse(token)?;
        self.0.rules.cheap(&token.claims, now)?;
        self.0.rules.judge(&token, keys, now)?;
        Ok(Arc::unwrap_or_clone(token.claims))
    }

    /// Whether claims that held once still hold at `now`, as far as dates go; for whoever keeps them.
    ///
    /// # Errors
    ///
    /// [`Expired`](Rejection::Expired), or [`NotYetValid`](Rejection::NotYetValid) where the clock stepped back.
    pub fn check_dates(&self, claims: &Claims, now: UnixTime) -> Result<(), Rejection> {
        self.0.rules.dates(claims, now)
    }

    /// The issuer, as it stands in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.rules.issuer
    }

    /// Where its keys come from.
    #[must_use]
    pub fn source(&self) -> &dyn KeySource {
        &*self.0.keys
    }

    fn with(
        &self,
        token: Unverified<'_>,
        keys: Option<Arc<KeySet>>,
        now: UnixTime,
    ) -> Result<Arc<Claims>, Rejection> {
        let keys = keys.ok_or(Rejection::Unavailable)?;
        self.0.rules.judge(&token, &keys, now)?;
        Ok(token.claims)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("rules", &self.0.rules).field("keys", &self.0.keys).finish()
    }
}

impl Rules {
    /// Key, signature, then every claim. What [`cheap`](Rules::cheap) refuses is refused before.
    fn judge(&self, token: &Unverified<'_>, keys: &KeySet, now: UnixTime) -> Result<(), Rejection> {
        signature::check_signature(keys, &token.header, &token.compact, self.tries_without_kid)?;
        self.claims(&token.claims, now)
    }
}
