//! What became of a change that failed.

use super::error::LoginError;
use crate::store_error::StoreErrorKind;
use palisade_core::Intent;

/// What became of a change that failed, and why, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Unmade(&'static str),
    /// A store that does not answer may have written.
    Unknown(&'static str),
}

impl Fate {
    pub(super) fn tell(self, intent: Intent) {
        match self {
            Self::Unmade(reason) => intent.abandon(reason),
            Self::Unknown(reason) => intent.doubt(reason),
        }
    }
}

impl LoginError {
    pub(super) fn fate(&self) -> Fate {
        match self {
            Self::Store(error) if error.kind() == StoreErrorKind::Unavailable => Fate::Unknown(self.reason()),
            Self::Broken => Fate::Unknown(self.reason()),
            _ => Fate::Unmade(self.reason()),
        }
    }
}
