//! Why a store cannot decide.

/// Why a store cannot decide.
pub type StoreError = palisade_core::StoreError<StoreErrorKind>;

/// What kept a store from deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or does not answer in time.
    #[error("the rate limit store is unavailable")]
    Unavailable,
    /// It has no room for what must not be forgotten.
    #[error("the rate limit store is full")]
    Full,
    /// The call breaks the port's rules: more than eight charges, one counter twice, or a receipt of other charges.
    #[error("the rate limit store was called in a way that it does not allow")]
    InvalidCall,
    /// It answered with something that makes no sense.
    #[error("the rate limit store answered nonsense")]
    Corrupt,
}
