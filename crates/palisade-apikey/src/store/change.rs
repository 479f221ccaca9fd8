//! What a store is asked to change.

use crate::{id::KeyId, record::KeyRecord};

/// One change to a store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change {
    /// Add this record; its id must be new.
    Insert(KeyRecord),
    /// Replace the record with this id, if its version is still the one in here; the store counts the version up.
    /// When it was used lately stays what the store knows.
    Update(KeyRecord),
    /// Change nothing, and make the other changes only if this record still has this version: for decisions that rest on it.
    Unchanged {
        /// Which record.
        id: KeyId,
        /// The version on which the decision rests.
        version: u64,
    },
}

impl Change {
    /// Which record it is about.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        match self {
            Self::Insert(record) | Self::Update(record) => record.id,
            Self::Unchanged { id, .. } => *id,
        }
    }
}
