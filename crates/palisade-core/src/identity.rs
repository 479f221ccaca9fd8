//! What is known of the caller.

use crate::{challenge::Challenges, denial::Denial, principal::Principal};

/// The outcome of looking for a credential; absence, rejection and success are three things.
///
/// A claimed credential that fails never becomes [`Nobody`](Self::Nobody).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Identity {
    /// A credential was presented and holds.
    Known(Principal),
    /// No credential was presented; these are the ones that would be understood.
    Nobody(Challenges),
    /// A credential was presented and does not hold, is ambiguous, or could not be checked.
    Refused(Denial),
    /// Nobody looked, by the application's written choice ([`Authenticate::disabled`](crate::Authenticate::disabled)); every
    /// demand is met.
    Unchecked,
}

impl Identity {
    /// The caller, where known.
    #[must_use]
    #[inline]
    pub fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Known(principal) => Some(principal),
            Self::Nobody(_) | Self::Refused(_) | Self::Unchecked => None,
        }
    }
}
