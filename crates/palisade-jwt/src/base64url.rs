//! Base64 for URLs without padding (RFC 4648 §5, RFC 7515 §2): one text for one value.

use data_encoding::BASE64URL_NOPAD;

/// How many bytes a text stands for; `None` where no text is so long.
pub(crate) fn decoded_len(chars: usize) -> Option<usize> {
    BASE64URL_NOPAD.decode_len(chars).ok()
}

/// What a text stands for: no padding, no line breaks, no bits that mean nothing.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text).ok()
}

/// Writes what a text stands for into a place that is just as long; whether it could.
pub(crate) fn decode_to(text: &[u8], place: &mut [u8]) -> bool {
    decoded_len(text.len()) == Some(place.len()) && BASE64URL_NOPAD.decode_mut(text, place).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &[u8], expected: Option<&[u8]>) {
        assert_eq!(decode(text).as_deref(), expected, "{}", text.escape_ascii());
    }

    #[test]
    fn one_text_for_one_value() {
        check(b"", Some(b""));
        check(b"-_8", Some(&[0xfb, 0xff]));
        check(b"AAAA", Some(&[0; 3]));
        // Padding, the other alphabet, line breaks, bits that mean nothing, and a length that no value has.
        for text in [&b"AA=="[..], b"+/8", b"AA\n", b"AB", b"-_9", b"A", b"AAAAA", b"\xffAAA", b"AA A"] {
            check(text, None);
        }
    }

    #[test]
    fn a_place_of_another_length_is_left_alone() {
        for len in [0, 1, 2, 4, 12, 24] {
            let mut place = vec![7; len];
            assert!(!decode_to(b"AAAA", &mut place) && place.iter().all(|byte| *byte == 7), "{len}");
        }
    }
}
