//! The 62 characters of which keys are made.

use crate::random::{RandomError, RandomSource};

pub(crate) const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a byte is worth, or [`NONE`].
const VALUES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 62 {
        table[BASE62[value] as usize] = value as u8;
        value += 1;
    }
    table
};
const NONE: u8 = 0xff;

/// Whether all of `text` is of the alphabet; looks at every byte whatever the earlier ones were.
pub(crate) fn is_base62(text: &[u8]) -> bool {
    text.iter().fold(0, |bad, byte| bad | u8::from(VALUES[usize::from(*byte)] == NONE)) == 0
}

/// The number that `text` writes, most significant first; `None` outside the alphabet. At most ten characters fit.
pub(crate) fn number(text: &[u8]) -> Option<u64> {
    if text.len() > 10 || !is_base62(text) {
        return None;
    }
    let digits = text.iter().map(|byte| u64::from(VALUES[usize::from(*byte)]));
    Some(digits.fold(0, |number, digit| number.wrapping_mul(62).wrapping_add(digit)))
}

/// `number` in as many characters as `text` has; what does not fit is cut off at the front.
pub(crate) fn write(mut number: u64, text: &mut [u8]) {
    for byte in text.iter_mut().rev() {
        *byte = digit(number % 62);
        number /= 62;
    }
}

fn digit(value: u64) -> u8 {
    usize::try_from(value).ok().and_then(|value| BASE62.get(value)).copied().unwrap_or(b'0')
}

/// Fills `text` with characters that are each equally likely: bytes from 248 on are drawn again, not folded.
pub(crate) fn draw(source: &dyn RandomSource, text: &mut [u8]) -> Result<(), RandomError> {
    let mut bytes = [0; 64];
    let mut at = 0;
    // Each round fills 62 of 64 places on average; a source that cannot do it in 16 rounds is broken.
    for _ in 0..16 {
        source.fill(&mut bytes)?;
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(RandomError::stuck());
        }
        for byte in bytes.iter().filter(|byte| **byte < 248) {
            let Some(place) = text.get_mut(at) else { break };
            *place = digit(u64::from(byte % 62));
            at += 1;
        }
        if at == text.len() {
            bytes.fill(0);
            return Ok(());
        }
    }
    Err(RandomError::stuck())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_and_read() {
        for value in [0, 1, 61, 62, 56_800_235_583] {
            let mut text = [0; 6];
            write(value, &mut text);
            assert_eq!(number(&text), Some(value));
        }
        for text in [&b"abc-"[..], b"\xff", b"a b", b"01234567890"] {
            assert_eq!(number(text), None);
        }
        assert_eq!(number(b""), Some(0));
    }
}
