//! What looks like a signed token.

/// Whether these are three parts of base64url with dots between them, as a token in compact form has (RFC 7515 §7.1); only the first
/// must not be empty, so that unsigned tokens and those without their content are refused as the tokens that they claim to be.
///
/// Looks at every byte once, many at a time.
#[inline]
pub(super) fn is_signed_token(presented: &[u8]) -> bool {
    let mut dots = 0_usize;
    for chunk in presented.chunks(CHUNK) {
        let (mut here, mut stray) = (0_u8, 0_u8);
        for byte in chunk {
            let letter = (*byte | 0x20).wrapping_sub(b'a') < 26;
            // From `-` to `9` everything but `/`: the sign, the dot, and digits.
            let other = byte.wrapping_sub(b'-') < 13 && *byte != b'/';
            here += u8::from(*byte == b'.');
            stray |= u8::from(!(letter | other | (*byte == b'_')));
        }
        if stray != 0 {
            return false;
        }
        dots += usize::from(here);
    }
    dots == 2 && presented.first() != Some(&b'.')
}

/// As many as a byte can count.
const CHUNK: usize = 240;

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
        check(&[b'.'; 258], false);
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            check(&[b'a', byte, b'.', b'b', b'.', b'c'], expected);
        }
    }
}
