//! How a verifier is told what to take.

use super::{rules::Rules, verify::Verifier};
use crate::{key_source::KeySource, token_types::TokenTypes};
use std::time::Duration;

/// A builder that does not know yet for whom tokens must be.
#[derive(Clone, Copy, Debug)]
pub struct NoAudience(());

/// A builder that knows for whom tokens must be.
#[derive(Clone, Debug)]
pub struct ForAudience(Vec<Box<str>>);

/// A builder that was told to take tokens for anybody.
#[derive(Clone, Copy, Debug)]
pub struct AnyAudience(());

/// Builds a [`Verifier`]; begins with [`Verifier::builder`], ends with [`keys`](VerifierBuilder::keys).
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is given keys"]
pub struct VerifierBuilder<A> {
    issuer: Box<str>,
    audience: A,
    leeway: Duration,
    max_lifetime: Duration,
    types: TokenTypes,
    tries_without_kid: bool,
    takes_bound: bool,
}

/// Why a verifier cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifierError {
    /// The issuer is empty.
    #[error("the issuer is empty; it is the `iss` of the tokens, such as `https://issuer.example`")]
    EmptyIssuer,
    /// An audience is empty.
    #[error("an audience is empty; it is the name that this service has in `aud`")]
    EmptyAudience,
    /// More than five minutes.
    #[error("a leeway above 300 seconds is no leeway; set the clocks instead")]
    Leeway,
    /// More than seven days, or none.
    #[error("the longest lifetime must lie between one second and seven days")]
    Lifetime,
}

const MAX_LEEWAY: Duration = Duration::from_secs(300);
const MAX_LIFETIME: Duration = Duration::from_secs(7 * 86_400);

impl Verifier {
    /// Begins with the issuer, as it stands in `iss`, byte for byte. The audience must follow, or nothing compiles:
    ///
    /// ```compile_fail,E0599
    /// # use palisade_jwt::{FixedKeys, Verifier};
    /// # fn build(keys: FixedKeys) {
    /// let verifier = Verifier::builder("https://issuer.example").keys(keys);
    /// # }
    /// ```
    pub fn builder(issuer: impl AsRef<str>) -> VerifierBuilder<NoAudience> {
        VerifierBuilder::new(issuer.as_ref().into())
    }
}

impl VerifierBuilder<NoAudience> {
    fn new(issuer: Box<str>) -> Self {
        Self {
            issuer,
            audience: NoAudience(()),
            leeway: Duration::from_secs(60),
            max_lifetime: Duration::from_secs(86_400),
            types: TokenTypes::default(),
            tries_without_kid: false,
            takes_bound: false,
        }
    }

    /// The name that this service has in `aud`, byte for byte; a token must name it (RFC 7519 §4.1.3).
    pub fn audience(self, audience: impl AsRef<str>) -> VerifierBuilder<ForAudience> {
        self.for_(ForAudience(vec![audience.as_ref().into()]))
    }

    /// Takes tokens for anybody, also without `aud`: a token that its user gave to another service opens this one too.
    ///
    /// For issuers whose access tokens name no audience; compare the client instead (`client_id`, `azp`).
    pub fn any_audience(self) -> VerifierBuilder<AnyAudience> {
        self.for_(AnyAudience(()))
    }
}

impl VerifierBuilder<ForAudience> {
    /// Another name of this service; a token must name one of them.
    pub fn audience(mut self, audience: impl AsRef<str>) -> Self {
        self.audience.0.push(audience.as_ref().into());
        self
    }

    /// Where the keys are: [`FixedKeys`](crate::FixedKeys), or a source that fetches or rotates them.
    ///
    /// # Errors
    ///
    /// What cannot be as it was told; see [`VerifierError`].
    pub fn keys(self, source: impl KeySource) -> Result<Verifier, VerifierError> {
        if self.audience.0.iter().any(|audience| audience.is_empty()) {
            return Err(VerifierError::EmptyAudience);
        }
        let audience = Some(self.audience.0.clone().into());
        self.build(audience, source)
    }
}

impl VerifierBuilder<AnyAudience> {
    /// Where the keys are: [`FixedKeys`](crate::FixedKeys), or a source that fetches or rotates them.
    ///
    /// # Errors
    ///
    /// What cannot be as it was told; see [`VerifierError`].
    pub fn keys(self, source: impl KeySource) -> Result<Verifier, VerifierError> {
        self.build(None, source)
    }
}

impl<A> VerifierBuilder<A> {
    /// How far clocks may differ: 60 seconds by default, 300 at most.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How long a token may live, from `iat` to `exp` and from now to `exp`: a day by default, seven at most.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// Which kinds of token are taken; [`TokenTypes::access_tokens`] by default.
    pub fn types(mut self, types: TokenTypes) -> Self {
        self.types = types;
        self
    }

    /// For tokens that this service issues itself: `at+jwt` only, and a leeway of 5 seconds.
    pub fn own(self) -> Self {
        self.leeway(Duration::from_secs(5)).types(TokenTypes::named(["at+jwt"]))
    }

    /// Tries a token without `kid` with up to four keys of its algorithm, where the issuer has several; each try is a
    /// signature verified for a stranger.
    pub fn try_keys_without_kid(mut self) -> Self {
        self.tries_without_kid = true;
        self
    }

    /// Takes tokens that are bound to a key or a certificate (`cnf`, RFC 7800) as if anybody might use them: for services behind something
    /// that has checked who holds it.
    pub fn dangerous_unbound(mut self) -> Self {
        self.takes_bound = true;
        self
    }

    fn for_<B>(self, audience: B) -> VerifierBuilder<B> {
        let Self { issuer, audience: _, leeway, max_lifetime, types, tries_without_kid, takes_bound } = self;
        VerifierBuilder { issuer, audience, leeway, max_lifetime, types, tries_without_kid, takes_bound }
    }

    fn build(
        self,
        audience: Option<Box<[Box<str>]>>,
        source: impl KeySource,
    ) -> Result<Verifier, VerifierError> {
        if self.issuer.is_empty() {
            return Err(VerifierError::EmptyIssuer);
        }
        if self.leeway > MAX_LEEWAY {
            return Err(VerifierError::Leeway);
        }
        if self.max_lifetime > MAX_LIFETIME || self.max_lifetime < Duration::from_secs(1) {
            return Err(VerifierError::Lifetime);
        }
        let rules = Rules {
            issuer: self.issuer,
            audience,
            leeway: self.leeway.as_secs(),
            max_lifetime: self.max_lifetime.as_secs(),
            types: self.types,
            tries_without_kid: self.tries_without_kid,
            takes_bound: self.takes_bound,
        };
        Ok(Verifier::of(rules, Box::new(source)))
    }
}
