//! Static bearer tokens: several, named, with scopes and expiry.

mod shared;
mod source;
mod strength;
mod watch;

use crate::{
    challenge::{Challenge, Challenges},
    credential::{Authorization, BAD, Credential},
    denial::{Denial, DenialKind},
    event::{EventSink, Tracing},
    facts::Facts,
    principal::Principal,
    reply::Reply,
    secret::CredentialDigest,
};
use http::request;
use std::{fmt, sync::Arc};

use shared::Shared;
pub use source::{MAX_STATIC_TOKENS, StaticToken, TokenError, TokenErrors};
pub use strength::is_known_secret;

/// The authenticator for static bearer tokens (`Authorization: Bearer …`, RFC 6750 §2.1).
///
/// Tokens are kept as SHA-256 digests. A presented token is hashed and compared with every candidate in constant time and
/// without an early exit, so time tells neither which token came close nor how many there are. Several tokens make rotation a
/// matter of adding one and then removing the other. Tokens that come from files are read again when the files change, within
/// about a second; if the new content cannot be used the old tokens stay in force and an [`Event`](crate::Event) says why.
///
/// ```
/// use palisade_core::{Scope, StaticToken, StaticTokens};
///
/// const READ: Scope = Scope::from_static("read_models");
///
/// let tokens = StaticTokens::new([
///     StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y").scopes([READ]),
/// ])?;
/// assert!(StaticTokens::new([StaticToken::named("ci").value("changeme")]).is_err());
/// # let _ = tokens;
/// # Ok::<(), palisade_core::TokenErrors>(())
/// ```
#[derive(Clone)]
pub struct StaticTokens(Arc<Shared>);

impl StaticTokens {
    /// Reads all tokens.
    ///
    /// # Errors
    ///
    /// All mistakes at once, each with the name of its token and never with a value: empty, blank or weak tokens, missing
    /// variables or files, names or values that stand twice, no token at all, more than [`MAX_STATIC_TOKENS`].
    pub fn new(tokens: impl IntoIterator<Item = StaticToken>) -> Result<Self, TokenErrors> {
        Self::with_events(tokens, Tracing)
    }

    /// As [`new`](Self::new), with events going to `sink`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_events(
        tokens: impl IntoIterator<Item = StaticToken>,
        sink: impl EventSink,
    ) -> Result<Self, TokenErrors> {
        let declared: Vec<StaticToken> = tokens.into_iter().collect();
        let files: Vec<_> = declared.iter().filter_map(StaticToken::path).collect();
        // Before they are read: a change in between is then seen as one.
        let seen = watch::stamps(&files);
        let shared = Self::read(declared, Box::new(sink))?;
        if !files.is_empty() {
            watch::start(files, seen, &shared).map_err(TokenErrors::of_watch)?;
        }
        Ok(Self(shared))
    }

    /// As [`new`](Self::new), but its files are not looked at again unless [`reload`](Self::reload) says so: for checks that end.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn unwatched(tokens: impl IntoIterator<Item = StaticToken>) -> Result<Self, TokenErrors> {
        Self::read(tokens.into_iter().collect(), Box::new(Tracing)).map(Self)
    }

    fn read(declared: Vec<StaticToken>, sink: Box<dyn EventSink>) -> Result<Arc<Shared>, TokenErrors> {
        let loaded = source::load(&declared)?;
        let challenge = Challenge::new("Bearer", "api").map_err(TokenErrors::of_challenge)?;
        let refused = challenge
            .clone()
            .with("error", "invalid_token")
            .and_then(|challenge| {
                challenge.with("error_description", "The access token is invalid or expired")
            })
            .map_err(TokenErrors::of_challenge)?;
        let refused = Denial::new(DenialKind::Unauthenticated)
            .because("unknown_token")
            .with_message(BAD)
            .with_challenges(Challenges::from(refused));
        Ok(Arc::new(Shared::new(loaded, declared, sink, challenge, refused)))
    }

    /// Reads environment and files again, all or nothing; returns how many tokens are in force.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); the old tokens then stay in force.
    pub fn reload(&self) -> Result<usize, TokenErrors> {
        self.0.reload()
    }

    /// How many tokens are in force, expired ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.current.load().len()
    }

    /// Never true: without a token construction fails.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    fn claim<'h>(&self, field: &Authorization<'h>) -> Result<Option<Credential<'h>>, Denial> {
        if !field.is("Bearer") {
            return Ok(None);
        }
        field.opaque().map(Some).map_err(|denial| self.refuse(denial))
    }

    /// What is wrong with a token, in the words of this kind.
    #[cold]
    fn refuse(&self, denial: Denial) -> Denial {
        match denial.kind() {
            DenialKind::Unauthenticated => self.0.refused.clone().because(denial.reason()),
            _ => denial,
        }
    }

    /// The verdict on a presented token: pure in the tokens and the time.
    #[inline(always)]
    fn judge(&self, presented: &[u8], facts: &Facts) -> Result<Principal, Denial> {
        let digest = CredentialDigest::of(presented);
        let tokens = self.0.current.load();
        let mut found = 0usize;
        for (index, token) in tokens.iter().enumerate() {
            // No branch on the outcome: every candidate costs the same. Digests are unique, so at most one term counts.
            found |= (index + 1) * usize::from(token.digest.matches(&digest));
        }
        let token = found.checked_sub(1).and_then(|index| tokens.get(index));
        let Some(token) = token else { return Err(self.0.refused.clone()) };
        match token.principal.expires() {
            // Half-open: at the very moment of expiry the token is expired.
            Some(at) if facts.now().wall >= at => Err(self.0.refused.clone().because("expired_token")),
            _ => Ok(token.principal.clone()),
        }
    }
}

impl crate::Authenticator for StaticTokens {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        match Authorization::of(&head.headers) {
            Ok(Some(field)) => self.claim(&field),
            Ok(None) => Ok(None),
            Err(denial) => Err(self.refuse(denial)),
        }
    }

    fn find_in<'h>(&self, field: &Authorization<'h>) -> Option<Result<Option<Credential<'h>>, Denial>> {
        Some(self.claim(field))
    }

    fn verify_in(&self, field: &Authorization<'_>, facts: &Facts) -> Option<Result<Principal, Denial>> {
        if !field.is("Bearer") {
            return None;
        }
        Some(match field.opaque() {
            Ok(credential) => self.judge(credential.expose(), facts),
            Err(denial) => Err(self.refuse(denial)),
        })
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        facts: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        Reply::now(self.judge(credential.expose(), facts))
    }

    fn challenge(&self) -> Option<Challenge> {
        Some(self.0.challenge.clone())
    }

    fn claims_any_bearer(&self) -> bool {
        true
    }
}

impl fmt::Debug for StaticTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tokens = self.0.current.load();
        let names: Vec<_> = tokens.iter().map(|token| token.principal.id()).collect();
        f.debug_struct("StaticTokens").field("names", &names).finish_non_exhaustive()
    }
}
