//! Where the randomness of keys comes from.

use std::fmt;

/// A source of unguessable bytes; the operating system's, unless a hardware module or a test brings another.
pub trait RandomSource: fmt::Debug + Send + Sync + 'static {
    /// Fills `bytes` with bytes that nobody can predict.
    ///
    /// # Errors
    ///
    /// Where it cannot; no key is then made. It never fills them with anything else.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl RandomSource for OsRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|error| RandomError(Cause::System(error)))
    }
}

/// There is no randomness, so there is no key.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub struct RandomError(Cause);

#[derive(Clone, Copy, Debug, thiserror::Error)]
enum Cause {
    #[error("the operating system gives no randomness: {0}")]
    System(getrandom::Error),
    #[error("the source of randomness failed")]
    Failed,
    #[error("the source of randomness repeats itself")]
    Stuck,
}

impl RandomError {
    /// A source of yours failed.
    #[must_use]
    pub const fn failed() -> Self {
        Self(Cause::Failed)
    }

    pub(crate) const fn stuck() -> Self {
        Self(Cause::Stuck)
    }
}
