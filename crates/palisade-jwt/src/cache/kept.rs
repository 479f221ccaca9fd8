//! What a cache keeps of a token, to know it again.

use constant_time_eq::constant_time_eq;
use palisade_core::Secret;
use quick_cache::Equivalent;
use std::{
    fmt,
    hash::{Hash, Hasher},
};

/// A token, or its digest; wiped when it goes.
#[derive(Clone)]
pub(super) struct Kept {
    bytes: Secret,
    /// How long the token is, in bytes.
    len: usize,
}

/// One that is looked for.
#[derive(Clone, Copy)]
pub(super) struct Sought<'t>(pub(super) &'t [u8]);

/// So many bytes of its end are hashed. They are the end of a signature, or of a digest: of two tokens that hold they do not agree
/// but by chance, and nothing else is ever kept. Equality looks at every byte.
const TAIL: usize = 32;

impl Sought<'_> {
    pub(super) fn keep(self, len: usize) -> Kept {
        Kept { bytes: Secret::new(self.0), len }
    }
}

impl Kept {
    pub(super) const fn token_len(&self) -> usize {
        self.len
    }
}

impl Hash for Sought<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let tail = self.0.last_chunk::<TAIL>().map_or(self.0, |tail| tail);
        state.write(tail);
    }
}

impl Hash for Kept {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        Sought(self.bytes.expose()).hash(state);
    }
}

impl Equivalent<Kept> for Sought<'_> {
    #[inline]
    fn equivalent(&self, kept: &Kept) -> bool {
        // A caller who guesses must not learn how far a guess was right.
        constant_time_eq(self.0, kept.bytes.expose())
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        Sought(self.bytes.expose()).equivalent(other)
    }
}

impl Eq for Kept {}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}
