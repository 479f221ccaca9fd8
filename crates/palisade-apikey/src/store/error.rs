//! Why a store cannot answer.

/// Why a store of keys cannot answer; cheap to clone, so that all who wait for one answer get it.
pub type StoreError = palisade_core::StoreError<StoreErrorKind>;

/// What kept a store from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or does not answer in time. A change may have been made.
    #[error("the key store is unavailable")]
    Unavailable,
    /// The record is there already, is not there, or was changed in between. Nothing was changed.
    #[error("the key was changed by somebody else, or is not there")]
    Conflict,
    /// A change breaks a bound of the port. Nothing was changed.
    #[error("the key store was asked for something that it does not allow")]
    Invalid,
    /// It holds something that makes no sense.
    #[error("the key store answered nonsense")]
    Corrupt,
}
