//! Base64 for URLs without padding (RFC 4648 §5, RFC 7515 §2): one text for one value.
//!
//! No padding, no line breaks, no bits that mean nothing. Sixteen characters at a time, without a table and without a branch on
//! what they are, so that the compiler takes them in one go.

/// Characters of a block.
const CHARS: usize = 16;
/// Bytes of a block.
const BYTES: usize = 12;

/// How many bytes a text stands for; `None` where no text is so long.
pub(crate) const fn decoded_len(chars: usize) -> Option<usize> {
    if chars % 4 == 1 { None } else { Some(chars / 4 * 3 + chars % 4 * 3 / 4) }
}

/// What a text stands for.
#[allow(
    clippy::slow_vector_initialization,
    reason = "memory that comes zeroed takes the long way through many allocators"
)]
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let len = decoded_len(text.len())?;
    let mut bytes = Vec::with_capacity(len);
    bytes.resize(len, 0);
    decode_to(text, &mut bytes).then_some(bytes)
}

/// Writes what a text stands for into a place that is just as long; whether it could.
pub(crate) fn decode_to(text: &[u8], place: &mut [u8]) -> bool {
    if decoded_len(text.len()) != Some(place.len()) {
        return false;
    }
    let (blocks, rest) = text.as_chunks::<CHARS>();
    let (places, end) = place.as_chunks_mut::<BYTES>();
    let mut stray = 0;
    for (block, place) in blocks.iter().zip(places) {
        *place = bytes(&sextets(block, &mut stray));
    }
    // What is missing at the end counts as zeros, and so must the bits that are over.
    let mut last = [b'A'; CHARS];
    last.iter_mut().zip(rest).for_each(|(char, sent)| *char = *sent);
    let last = bytes(&sextets(&last, &mut stray));
    let (kept, over) = last.split_at(end.len().min(BYTES));
    end.iter_mut().zip(kept).for_each(|(byte, kept)| *byte = *kept);
    stray == 0 && over.iter().all(|byte| *byte == 0)
}

/// The six bits of each character; `stray` is no longer zero where one is of another alphabet.
#[inline]
fn sextets(chars: &[u8; CHARS], stray: &mut u8) -> [u8; CHARS] {
    let mut sextets = [0; CHARS];
    for (sextet, char) in sextets.iter_mut().zip(chars) {
        let if_ = |is: bool, bits: u8| 0_u8.wrapping_sub(u8::from(is)) & bits;
        let upper = char.wrapping_sub(b'A') < 26;
        let lower = char.wrapping_sub(b'a') < 26;
        let digit = char.wrapping_sub(b'0') < 10;
        let (minus, underscore) = (*char == b'-', *char == b'_');
        *sextet = if_(upper, char.wrapping_sub(b'A'))
            | if_(lower, char.wrapping_sub(b'a' - 26))
            | if_(digit, char.wrapping_add(52 - b'0'))
            | if_(minus, 62)
            | if_(underscore, 63);
        *stray |= u8::from(!(upper | lower | digit | minus | underscore));
    }
    sextets
}

/// The bytes that six bits each make: three of four, side by side.
#[inline]
fn bytes(sextets: &[u8; CHARS]) -> [u8; BYTES] {
    let mut threes = [0_u32; CHARS / 4];
    for (three, four) in threes.iter_mut().zip(sextets.as_chunks::<4>().0) {
        let four = u32::from_le_bytes(*four);
        *three = (four & 0x3f) << 18 | (four & 0x3f00) << 4 | four >> 10 & 0xfc0 | four >> 24;
    }
    let mut bytes = [0; BYTES];
    for ([one, other], place) in threes.as_chunks::<2>().0.iter().zip(bytes.as_chunks_mut::<6>().0) {
        let six = u64::from(*one) << 24 | u64::from(*other);
        let [_, _, kept @ ..] = six.to_be_bytes();
        *place = kept;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64URL_NOPAD;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    fn check(text: &[u8]) {
        assert_eq!(decode(text), BASE64URL_NOPAD.decode(text).ok(), "{}", text.escape_ascii());
    }

    #[test]
    fn every_byte_at_every_place() {
        for len in 0..40 {
            check(&b"A".repeat(len));
            for at in 0..len {
                for byte in 0..=u8::MAX {
                    let mut text = b"Q".repeat(len);
                    text[at] = byte;
                    check(&text);
                }
            }
        }
    }

    #[test]
    fn a_place_of_another_length_is_left_alone() {
        for len in [0, 1, 2, 4, 12, 24] {
            let mut place = vec![7; len];
            assert!(!decode_to(b"AAAA", &mut place) && place.iter().all(|byte| *byte == 7), "{len}");
        }
    }

    proptest! {
        #[test]
        fn it_is_what_another_decoder_says(bytes in prop::collection::vec(0_u8.., 0..400), other in 0_u8.., at in 0_usize..500) {
            let mut text = BASE64URL_NOPAD.encode(&bytes).into_bytes();
            prop_assert_eq!(decode(&text), Some(bytes));
            if let Some(place) = text.get_mut(at) {
                *place = other;
            }
            prop_assert_eq!(decode(&text), BASE64URL_NOPAD.decode(&text).ok());
        }
    }
}
