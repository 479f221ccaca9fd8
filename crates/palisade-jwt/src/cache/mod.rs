//! Tokens that were verified a moment ago.

mod kept;
mod lookups;
mod setting;
#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{SHA256, digest};
use kept::{Kept, Sought};
use palisade_core::Timestamp;
use quick_cache::{Weighter, sync::Cache};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

pub use setting::TokenCache;

/// What is remembered of a token that holds.
#[derive(Debug)]
pub(crate) struct Verified<V> {
    pub(crate) value: V,
    /// Which issuer's keys verified it.
    pub(crate) issuer: usize,
    /// Of the keys in force before it was verified.
    pub(crate) generation: u64,
    /// When it was verified.
    pub(crate) since: Timestamp,
}

/// Tokens that hold, and nothing else: what does not hold is judged anew each time.
pub(crate) struct VerifiedTokens<V> {
    setting: TokenCache,
    /// Nothing is looked for where nothing was ever kept, as where all tokens are signed with a shared secret.
    used: AtomicBool,
    tokens: Cache<Kept, Arc<Verified<V>>, Weight>,
}

impl<V> VerifiedTokens<V> {
    pub(crate) fn new(setting: TokenCache) -> Self {
        lookups::describe();
        let bytes = setting.bytes as u64;
        let about = setting.bytes / (4 * (700 + OVERHEAD));
        Self { setting, used: AtomicBool::new(false), tokens: Cache::with_weighter(about, bytes, Weight) }
    }

    pub(crate) const fn setting(&self) -> TokenCache {
        self.setting
    }

    /// What is known of exactly this token, where it is young and still `holds` by its dates and its issuer's keys.
    #[inline]
    pub(crate) fn get(
        &self,
        token: &[u8],
        now: Timestamp,
        holds: impl FnOnce(&Verified<V>) -> bool,
    ) -> Option<Arc<Verified<V>>> {
        if !self.used.load(Relaxed) {
            return None;
        }
        let found = if self.setting.digests {
            self.tokens.get(&Sought(digest(&SHA256, token).as_ref()))
        } else {
            self.tokens.get(&Sought(token))
        };
        // By the clock that nobody sets: dates are checked too, but they move when the other clock is set back.
        let found = found.filter(|found| now.nanos_since(found.since) < self.setting.age && holds(found));
        lookups::count(found.is_some());
        found
    }

    pub(crate) fn insert(&self, token: &[u8], verified: Arc<Verified<V>>) {
        let kept = if self.setting.digests {
            Sought(digest(&SHA256, token).as_ref()).keep(token.len())
        } else {
            Sought(token).keep(token.len())
        };
        self.tokens.insert(kept, verified);
        self.used.store(true, Relaxed);
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }
}

impl<V> fmt::Debug for VerifiedTokens<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedTokens").field("setting", &self.setting).field("tokens", &self.len()).finish()
    }
}

/// What an entry takes beside what grows with its token.
const OVERHEAD: usize = 512;

/// Bytes, about: the token, its claims as they are after parsing, and what stands around them.
#[derive(Clone, Copy, Debug)]
struct Weight;

impl<V> Weighter<Kept, Arc<Verified<V>>> for Weight {
    fn weight(&self, kept: &Kept, _: &Arc<Verified<V>>) -> u64 {
        4 * (kept.token_len() + OVERHEAD) as u64
    }
}
