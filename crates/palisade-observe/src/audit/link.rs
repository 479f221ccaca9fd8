//! One place in the chain.

use std::fmt;

/// One place in the chain: a record's number, and the hash that stands for it and everything before it.
///
/// Whoever notes a link elsewhere can tell later whether the log was rewritten or cut off up to there.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Link {
    /// The record, from 1; 0 is before the first.
    pub sequence: u64,
    /// What stands for everything up to it.
    pub hash: [u8; 32],
}

impl Link {
    /// Before the first record.
    pub const START: Self = Self { sequence: 0, hash: [0; 32] };

    /// The hash in hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
        self.hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

/// Reads 64 hexadecimal digits.
#[must_use]
pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({}, {})", self.sequence, self.hex())
    }
}
