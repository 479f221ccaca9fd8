//! Setting up an issuer.

use super::{
    error::IssuerError,
    mint::{Issuer, MAX_LIFETIME},
};
use crate::signing::SigningKeys;
use std::{ops::RangeInclusive, time::Duration};

/// Settings of an [`Issuer`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is given keys"]
pub struct IssuerBuilder {
    issuer: Box<str>,
    audience: Vec<Box<str>>,
    lifetime: Duration,
}

/// How long a token lives unless said otherwise.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
const LIFETIMES: RangeInclusive<Duration> = Duration::from_secs(1)..=MAX_LIFETIME;
const MAX_LEN: usize = 1_024;
const MAX_AUDIENCES: usize = 16;

impl Issuer {
    /// Begins with the issuer, as it stands in `iss`, such as `https://api.example`.
    pub fn builder(issuer: impl AsRef<str>) -> IssuerBuilder {
        IssuerBuilder { issuer: issuer.as_ref().into(), audience: Vec::new(), lifetime: LIFETIME }
    }
}

impl IssuerBuilder {
    /// A service that its tokens are for, as `aud`; at least one, up to 16.
    pub fn audience(mut self, audience: impl AsRef<str>) -> Self {
        self.audience.push(audience.as_ref().into());
        self
    }

    /// How long its tokens live, in whole seconds: 30 minutes unless set, up to 24 hours.
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The issuer, which signs with these keys.
    ///
    /// # Errors
    ///
    /// What cannot be as it was told; see [`IssuerError`].
    pub fn keys(self, keys: &SigningKeys) -> Result<Issuer, IssuerError> {
        let fits = |text: &str| (1..=MAX_LEN).contains(&text.len()) && !text.chars().any(char::is_control);
        if !fits(&self.issuer) {
            return Err(IssuerError::Issuer);
        }
        if !(1..=MAX_AUDIENCES).contains(&self.audience.len()) || !self.audience.iter().all(|name| fits(name))
        {
            return Err(IssuerError::Audience);
        }
        if !LIFETIMES.contains(&self.lifetime) {
            return Err(IssuerError::Lifetime);
        }
        if let Some(longest) = keys.longest_token().filter(|longest| self.lifetime > *longest) {
            return Err(IssuerError::LongerThanKeys(longest));
        }
        let Self { issuer, audience, lifetime } = self;
        Ok(Issuer::new(issuer, audience.into(), lifetime, keys.clone()))
    }
}
