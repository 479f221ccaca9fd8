//! Who issues tokens.

use super::{
    error::MintError,
    grant::{Grant, MAX_CLAIMS_LEN},
    minted::Minted,
};
use crate::{
    compact::MAX_TOKEN_LEN,
    revocation::Revocation,
    signing::{SigningKey, SigningKeys},
    verifier::{Verifier, VerifierError},
};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::{Secret, UnixTime};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// Issues access tokens of our own (RFC 9068); cheap to clone.
///
/// A token says `iss`, `sub`, `aud`, `iat`, `exp`, `jti`, and `client_id`, `nbf` and `scope` where they are given; nothing
/// else that it was not told. Its header says `typ: at+jwt`, the key's algorithm and the key's id.
///
/// ```
/// use palisade_core::UnixTime;
/// use palisade_jwt::{Grant, Issuer, SigningKeys};
///
/// let keys = SigningKeys::in_memory().open()?;
/// let issuer = Issuer::builder("https://api.example").audience("https://api.example").keys(&keys)?;
///
/// let now = palisade_core::Clock::system().now().wall;
/// let minted = issuer.mint(&Grant::to("ada").scopes("read_models".parse()?), now)?;
/// assert_eq!(minted.expires_in, 1_800);
///
/// let token = std::str::from_utf8(minted.token.expose())?;
/// let claims = issuer.verifier()?.verify(token, now).try_now().unwrap()?;
/// assert_eq!(claims.subject(), "ada");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Issuer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: Box<str>,
    audience: Box<[Box<str>]>,
    /// In seconds.
    lifetime: u64,
    keys: SigningKeys,
}

/// No token lives longer.
pub(super) const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

impl Issuer {
    pub(super) fn new(
        issuer: Box<str>,
        audience: Box<[Box<str>]>,
        lifetime: Duration,
        keys: SigningKeys,
    ) -> Self {
        Self(Arc::new(Inner { issuer, audience, lifetime: lifetime.as_secs(), keys }))
    }

    /// A new token.
    ///
    /// # Errors
    ///
    /// What cannot be said in a token, and [`Unavailable`](MintError::Unavailable) while no key can sign; see [`MintError`].
    pub fn mint(&self, grant: &Grant, now: UnixTime) -> Result<Minted, MintError> {
        grant.check()?;
        let lifetime = match grant.lifetime {
            None => self.0.lifetime,
            Some(lifetime) if (1..=self.0.lifetime).contains(&lifetime.as_secs()) => lifetime.as_secs(),
            Some(_) => return Err(MintError::Lifetime),
        };
        let issued = now.as_secs();
        let expires = issued.saturating_add(lifetime);
        if grant.not_before.is_some_and(|at| at.as_secs_ceil() >= expires) {
            return Err(MintError::NotBefore);
        }
        let jti = random_id()?;
        let mut claims = grant.further()?;
        if !claims.is_empty() && text_of(&claims)?.len() > MAX_CLAIMS_LEN {
            return Err(MintError::TooLong);
        }
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("iss", (&*self.0.issuer).into());
        say("sub", (&*grant.subject).into());
        say(
            "aud",
            match &*self.0.audience {
                [one] => (&**one).into(),
                several => several.iter().map(|one| Value::from(&**one)).collect(),
            },
        );
        say("iat", issued.into());
        say("exp", expires.into());
        say("jti", (&*jti).into());
        if let Some(client) = grant.client.as_deref() {
            say("client_id", client.into());
        }
        if let Some(at) = grant.not_before {
            say("nbf", at.as_secs_ceil().into());
        }
        if !grant.scopes.is_empty() {
            say("scope", grant.scopes.to_string().into());
        }
        let key = self.0.keys.signing(now).ok_or(MintError::Unavailable)?;
        let token = sign(&key, &text_of(&claims)?)?;
        Ok(Minted {
            token: Secret::new(token),
            expires_at: UnixTime::from_secs(expires),
            expires_in: lifetime,
            issued_at: UnixTime::from_secs(issued),
            jti,
        })
    }

    /// What verifies its tokens, for any of its audiences: `at+jwt` only, with a leeway of 5 seconds.
    ///
    /// # Errors
    ///
    /// None that is known, as an issuer asks for more than a verifier does.
    pub fn verifier(&self) -> Result<Verifier, VerifierError> {
        let builder = Verifier::builder(&*self.0.issuer).own();
        let mut audience = self.0.audience.iter();
        let first = audience.next().ok_or(VerifierError::EmptyAudience)?;
        let builder = audience.fold(builder.audience(&**first), |builder, next| builder.audience(&**next));
        builder.keys(self.0.keys.clone())
    }

    /// As it stands in `iss`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.issuer
    }

    /// How long its tokens live.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.0.lifetime)
    }

    /// The keys that it signs with.
    #[must_use]
    pub fn keys(&self) -> &SigningKeys {
        &self.0.keys
    }

    /// What makes one of its tokens void: for logging out.
    #[must_use]
    pub fn revocation(&self, jti: &str, expires: UnixTime) -> Revocation {
        Revocation::token(&self.0.issuer, jti, expires)
    }

    /// What makes all of its tokens of one session void, whose claim `sid` this is; `last` is when the last of them was issued.
    #[must_use]
    pub fn end_of_session(&self, session: &str, last: UnixTime) -> Revocation {
        let life = u64::try_from(MAX_LIFETIME.as_nanos()).unwrap_or(u64::MAX);
        Revocation::session(&self.0.issuer, session, last.plus_nanos(life))
    }

    /// What makes all of its tokens for this subject void that were issued before: for a new password, or somebody who is shut out.
    #[must_use]
    pub fn cut(&self, subject: &str, before: UnixTime) -> Revocation {
        // The tokens may be older than this setting of their lifetime.
        Revocation::subject(&self.0.issuer, subject, before, MAX_LIFETIME)
    }
}

/// 128 random bits.
fn random_id() -> Result<Box<str>, MintError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| MintError::Unavailable)?;
    Ok(BASE64URL_NOPAD.encode(&bytes).into())
}

fn text_of(claims: &Map<String, Value>) -> Result<Vec<u8>, MintError> {
    serde_json::to_vec(claims).map_err(|_| MintError::TooLong)
}

/// The compact form (RFC 7515 §7.1).
fn sign(key: &SigningKey, claims: &[u8]) -> Result<Vec<u8>, MintError> {
    let mut header = Map::new();
    header.insert("alg".to_owned(), key.algorithm().name().into());
    header.insert("kid".to_owned(), key.id().into());
    header.insert("typ".to_owned(), "at+jwt".into());
    let mut token = BASE64URL_NOPAD.encode(&text_of(&header)?);
    token.push('.');
    BASE64URL_NOPAD.encode_append(claims, &mut token);
    let signature = key.sign(token.as_bytes()).ok_or(MintError::Unavailable)?;
    token.push('.');
    BASE64URL_NOPAD.encode_append(&signature, &mut token);
    if token.len() > MAX_TOKEN_LEN { Err(MintError::TooLong) } else { Ok(token.into()) }
}
