//! A cap on requests in flight, as a stack declares it.

use palisade_limit::{LimitError, Overload};

/// How many requests a stack lets be in flight: a number, or an [`Overload`] made by hand.
#[derive(Clone, Debug)]
pub struct InFlightLimit(Cap);

#[derive(Clone, Debug)]
enum Cap {
    Number(u32),
    Made(Overload),
}

impl InFlightLimit {
    pub(crate) fn overload(self) -> Result<Overload, LimitError> {
        match self.0 {
            Cap::Number(limit) => Overload::new(limit),
            Cap::Made(overload) => Ok(overload),
        }
    }
}

impl From<u32> for InFlightLimit {
    fn from(limit: u32) -> Self {
        Self(Cap::Number(limit))
    }
}

impl From<Overload> for InFlightLimit {
    fn from(overload: Overload) -> Self {
        Self(Cap::Made(overload))
    }
}
