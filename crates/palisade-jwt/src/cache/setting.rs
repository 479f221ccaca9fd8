//! What a cache of verified tokens may keep, and for how long.

use std::time::Duration;

/// The longest that a token is believed without verifying it again.
const MAX_AGE: Duration = Duration::from_secs(60);
/// Room, in bytes, about.
const BYTES: usize = 16 << 20;
/// The least room.
const MIN_BYTES: usize = 1 << 20;

/// How tokens that were verified are remembered.
///
/// | | |
/// | --- | --- |
/// | which | tokens that hold and were signed with a private key; HMAC costs hardly more than looking, so such tokens are left out unless [asked for](Self::also_hmac) |
/// | for how long | 60 seconds, and never past their expiry |
/// | checked at every use | expiry, revocation, and that the issuer's keys are still the same: any change of them makes all its tokens be verified again |
/// | found by | every byte of the token |
/// | room | 16 MiB, about; the least used go first |
///
/// ```
/// use palisade_jwt::TokenCache;
/// use std::time::Duration;
///
/// let cache = TokenCache::new().age(Duration::from_secs(10)).digests_only();
/// # let _ = cache;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCache {
    pub(super) bytes: usize,
    /// Nanoseconds.
    pub(super) age: u64,
    pub(super) digests: bool,
    pub(crate) hmac: bool,
}

impl TokenCache {
    /// 16 MiB, 60 seconds, whole tokens, none that are signed with a shared secret.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: BYTES, age: MAX_AGE.as_nanos() as u64, digests: false, hmac: false }
    }

    /// Takes about so many bytes; at least 1 MiB.
    #[must_use]
    pub const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = if bytes < MIN_BYTES { MIN_BYTES } else { bytes };
        self
    }

    /// Believes a token for so long without verifying it again; at most 60 seconds.
    #[must_use]
    pub const fn age(mut self, age: Duration) -> Self {
        let longest = MAX_AGE.as_nanos();
        self.age = if age.as_nanos() < longest { age.as_nanos() as u64 } else { longest as u64 };
        self
    }

    /// Keeps the SHA-256 of each token instead of the token, where tokens must not stay in memory; each look-up then
    /// digests the whole token, which takes longer than all the rest of it.
    #[must_use]
    pub const fn digests_only(mut self) -> Self {
        self.digests = true;
        self
    }

    /// Also keeps tokens that are signed with a shared secret.
    #[must_use]
    pub const fn also_hmac(mut self) -> Self {
        self.hmac = true;
        self
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self::new()
    }
}
