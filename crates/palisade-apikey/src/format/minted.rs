//! A key that was just made.

use crate::{hint::Hint, id::KeyId};
use palisade_core::Secret;
use std::fmt;

/// A new key: shown once to whoever asked for it, and kept nowhere.
#[derive(Clone)]
pub struct MintedKey {
    id: KeyId,
    text: Secret,
    hint: Hint,
}

impl MintedKey {
    pub(super) fn new(id: KeyId, text: Vec<u8>, hint: Hint) -> Self {
        Self { id, text: Secret::new(text), hint }
    }

    /// Its public name.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What may be shown of it later.
    #[must_use]
    pub const fn hint(&self) -> &Hint {
        &self.hint
    }

    /// The key itself, for the one answer that tells it.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Always ASCII.
        std::str::from_utf8(self.text.expose()).unwrap_or_default()
    }
}

impl fmt::Debug for MintedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MintedKey({}: [REDACTED])", self.id)
    }
}
