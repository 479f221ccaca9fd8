//! Why a store cannot answer.

/// Why a store of this crate cannot answer; cheap to clone, so that all who wait for one answer get it.
///
/// Whoever asked whether a token holds answers 503: what cannot be told is never taken for good.
pub type StoreError = palisade_core::StoreError<StoreErrorKind>;

/// What kept a store from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or does not answer in time. A change may have been made.
    #[error("the store is unavailable")]
    Unavailable,
    /// What was to be changed was changed by somebody else, is there already, or is not there. Nothing was changed.
    #[error("it was changed by somebody else, is there already, or is not there")]
    Conflict,
    /// It holds as much as it may, and all of it is still needed. Nothing was changed.
    #[error("the store is full")]
    Full,
    /// A change breaks a bound of the port. Nothing was changed.
    #[error("the store was asked for something that it does not allow")]
    Invalid,
    /// It holds something that makes no sense.
    #[error("the store answered nonsense")]
    Corrupt,
}
