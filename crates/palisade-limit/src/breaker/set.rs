//! Breakers by name.

use super::{
    error::{BreakerError, BreakerErrors},
    handle::Breaker,
    settings::BreakerSettings,
};
use std::sync::Arc;

/// Breakers that one set can hold.
pub const MAX_BREAKERS: usize = 1_024;

/// One breaker for each upstream that the program names; clones are one set.
///
/// Names are constants and stand there from the start. Looking one up never adds any, so nothing that a request says can make
/// the set grow.
///
/// ```
/// use palisade_limit::breaker::{Breakers, BreakerSettings};
///
/// # fn main() -> Result<(), palisade_limit::breaker::BreakerErrors> {
/// let upstreams = Breakers::new(["billing", "search"], &BreakerSettings::default())?;
/// assert!(upstreams.get("billing").is_some());
/// assert!(upstreams.get("anything-a-request-says").is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Breakers(Arc<[Breaker]>);

impl Breakers {
    /// A breaker of its own for each name, all with these settings.
    ///
    /// # Errors
    ///
    /// All mistakes in the settings and names at once; else as [`of`](Self::of).
    pub fn new(
        names: impl IntoIterator<Item = &'static str>,
        settings: &BreakerSettings,
    ) -> Result<Self, BreakerErrors> {
        let (mut breakers, mut mistakes) = (Vec::new(), Ok(()));
        for name in names.into_iter().take(MAX_BREAKERS + 1) {
            match Breaker::new(name, settings.clone()) {
                Ok(breaker) => breakers.push(breaker),
                Err(errors) => mistakes = BreakerErrors::join(mistakes, Err(errors)),
            }
        }
        mistakes?;
        Self::of(breakers)
    }

    /// These breakers, each with settings of its own.
    ///
    /// # Errors
    ///
    /// A name that stands twice, no breaker, or more than [`MAX_BREAKERS`].
    pub fn of(breakers: impl IntoIterator<Item = Breaker>) -> Result<Self, BreakerErrors> {
        let mut breakers: Vec<_> = breakers.into_iter().take(MAX_BREAKERS + 1).collect();
        breakers.sort_by_key(Breaker::name);
        let twice = breakers.iter().zip(breakers.iter().skip(1)).any(|(a, b)| a.name() == b.name());
        BreakerErrors::unless([
            ((1..=MAX_BREAKERS).contains(&breakers.len()), BreakerError::Names),
            (!twice, BreakerError::NameTwice),
        ])?;
        Ok(Self(breakers.into()))
    }

    /// The breaker of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Breaker> {
        let at = self.0.binary_search_by(|breaker| breaker.name().cmp(name)).ok()?;
        self.0.get(at)
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Breaker> {
        self.0.iter()
    }
}
