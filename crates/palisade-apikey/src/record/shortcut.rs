//! How a key that held before is recognised.

use palisade_core::{CredentialDigest, Principal};
#[cfg(feature = "tokio")]
use std::sync::{Arc, atomic::AtomicU64};
use std::{fmt, sync::OnceLock};

/// Stands beside a record for as long as that very record is remembered, and is no part of it: a copy has none, and
/// records are equal with and without.
#[derive(Default)]
pub(crate) struct Shortcut(OnceLock<Box<Held>>);

/// What was made of a key that held.
pub(crate) struct Held {
    /// Whose judgement it was: settings decide what a key may do.
    pub(crate) judge: u64,
    /// Which version of the record was judged.
    pub(crate) version: u64,
    /// By what the key is recognised.
    pub(crate) print: CredentialDigest,
    /// Who presents it.
    pub(crate) principal: Principal,
    /// When its use was written.
    #[cfg(feature = "tokio")]
    pub(crate) written: Arc<AtomicU64>,
}

impl Shortcut {
    /// The first one stays.
    pub(crate) fn keep(&self, held: Held) {
        let _ = self.0.set(Box::new(held));
    }

    /// What was kept, if it is of this judge, this version, and this key; compared in constant time.
    #[inline]
    pub(crate) fn find(&self, judge: u64, version: u64, print: &CredentialDigest) -> Option<&Held> {
        let held = self.0.get()?;
        let same = held.judge == judge && held.version == version;
        (held.print.matches(print) && same).then_some(&**held)
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }
}

impl Clone for Shortcut {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Shortcut {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Shortcut {}

impl fmt::Debug for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shortcut")
    }
}
