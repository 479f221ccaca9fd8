//! What looks like a signed token.

/// Whether these are three parts of base64url with dots between them, as a token in compact form has (RFC 7515 §7.1); only the first
/// must not be empty, so that unsigned tokens and those without their content are refused as the tokens that they claim to be.
///
/// Looks at every byte once, many at a time.
#[inline]
pub(super) fn is_signed_token(presented: &[u8]) -> bool {
    let (blocks, tail) = presented.as_chunks::<LANES>();
    // The letter adds nothing.
    let mut last = [b'A'; LANES];
    last.iter_mut().zip(tail).for_each(|(place, byte)| *place = *byte);
    let mut dots = 0;
    for group in blocks.chunks(GROUP).chain([&[last][..]]) {
        let mut seen = Seen { dots: [0; LANES], stray: [0; LANES] };
        group.iter().for_each(|block| seen.look(block));
        if seen.stray != [0; LANES] {
            return false;
        }
        dots += seen.dots.into_iter().map(usize::from).sum::<usize>();
    }
    dots == 2 && presented.first() != Some(&b'.')
}

/// Bytes that are looked at side by side.
const LANES: usize = 32;
/// As many as a byte can count.
const GROUP: usize = 255;

struct Seen {
    dots: [u8; LANES],
    stray: [u8; LANES],
}

impl Seen {
    #[inline]
    fn look(&mut self, block: &[u8; LANES]) {
        for ((byte, dots), stray) in block.iter().zip(&mut self.dots).zip(&mut self.stray) {
            let letter = (*byte | 0x20).wrapping_sub(b'a') < 26;
            // From `-` to `9` everything but `/`: the sign, the dot, and digits.
            let other = byte.wrapping_sub(b'-') < 13 && *byte != b'/';
            *dots += u8::from(*byte == b'.');
            *stray |= u8::from(!(letter | other | (*byte == b'_')));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(presented: &[u8], expected: bool) {
        assert_eq!(is_signed_token(presented), expected, "{}", presented.escape_ascii());
    }

    #[test]
    fn three_parts_of_base64url() {
        for token in [&b"a.b.c"[..], b"a.b.", b"a..c", b"a..", b"eyJhbGciOiJub25lIn0.e30.AA", b"a-_9Z.A.0"] {
            check(token, true);
        }
        for other in [&b""[..], b".", b"..", b".b.c", b"a.b", b"a.b.c.d", b"a.b.c.d.e"] {
            check(other, false);
        }
        let long = [&[b'a'; 5_000][..], b".", &[b'b'; 3_000], b"."].concat();
        check(&long, true);
        check(&[&long[..], b"."].concat(), false);
        for dots in [254, 255, 256, 257, 258, 8_160 + 2, 8_192] {
            check(&[&b"a"[..], &vec![b'.'; dots]].concat(), false);
        }
        for len in 3..100 {
            for at in 1..len {
                let mut token = vec![b'x'; len];
                token[at] = b'.';
                check(&token, false);
                token[len - at / 2 - 1] = b'.';
                check(&token, token.iter().filter(|byte| **byte == b'.').count() == 2);
                token[at / 2] = b'/';
                check(&token, false);
            }
        }
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            check(&[b'a', byte, b'.', b'b', b'.', b'c'], expected);
        }
    }
}
