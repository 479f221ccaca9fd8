//! Where keys come from.

use crate::key_set::KeySet;
use palisade_core::Reply;
use std::{fmt, sync::Arc};

/// Where a verifier takes its issuer's keys from: a fixed set, a published one that is fetched, or keys of our own.
pub trait KeySource: fmt::Debug + Send + Sync + 'static {
    /// The keys in force; `None` while there are none to decide by, which is answered with 503 and never with 401.
    fn current(&self) -> Option<Arc<KeySet>>;

    /// Looks again, because a token names a key that the current set does not have.
    ///
    /// May wait for one fetch that all callers share, at most two seconds, and must bound how often it fetches: strangers
    /// choose the id. Answers with the keys to decide by, which may be the same as before; `None` means that nobody can
    /// decide now.
    fn missing(&self, id: &str) -> Reply<Option<Arc<KeySet>>> {
        let _ = id;
        Reply::now(self.current())
    }

    /// Whether the keys are older than they should be because they could not be fetched again; for readiness.
    fn is_stale(&self) -> bool {
        false
    }

    /// Whether every node has the same keys. Not so where each process makes its own.
    fn is_shared(&self) -> bool {
        true
    }
}

impl<T: KeySource + ?Sized> KeySource for Arc<T> {
    fn current(&self) -> Option<Arc<KeySet>> {
        (**self).current()
    }

    fn missing(&self, id: &str) -> Reply<Option<Arc<KeySet>>> {
        (**self).missing(id)
    }

    fn is_stale(&self) -> bool {
        (**self).is_stale()
    }

    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }
}

/// Keys that never change.
#[derive(Clone, Debug)]
pub struct FixedKeys(Arc<KeySet>);

impl FixedKeys {
    /// These keys.
    #[must_use]
    pub fn new(keys: KeySet) -> Self {
        Self(Arc::new(keys))
    }
}

impl From<KeySet> for FixedKeys {
    fn from(keys: KeySet) -> Self {
        Self::new(keys)
    }
}

impl KeySource for FixedKeys {
    fn current(&self) -> Option<Arc<KeySet>> {
        Some(Arc::clone(&self.0))
    }
}
