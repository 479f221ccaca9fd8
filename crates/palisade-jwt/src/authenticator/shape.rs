//! What looks like a signed token.

/// Whether these are three parts of base64url with dots between them, as a token in compact form has (RFC 7515 §7.1); the last
/// may be empty, so that an unsigned token is refused as the token it claims to be.
///
/// Looks at every byte once and branches on none.
#[inline]
pub(super) fn is_signed_token(presented: &[u8]) -> bool {
    let mut dots = 0_usize;
    let mut stray = false;
    for byte in presented {
        let dot = *byte == b'.';
        let lower = (*byte | 0x20).wrapping_sub(b'a') < 26;
        let digit = byte.wrapping_sub(b'0') < 10;
        dots += usize::from(dot);
        stray |= !(dot | lower | digit | (*byte == b'-') | (*byte == b'_'));
    }
    if dots != 2 || stray {
        return false;
    }
    let mut parts = presented.split(|byte| *byte == b'.');
    parts.next().is_some_and(|header| !header.is_empty())
        && parts.next().is_some_and(|claims| !claims.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(presented: &[u8], expected: bool) {
        assert_eq!(is_signed_token(presented), expected, "{}", presented.escape_ascii());
    }

    #[test]
    fn three_parts_of_base64url() {
        for token in [&b"a.b.c"[..], b"a.b.", b"eyJhbGciOiJub25lIn0.e30.AA", b"a-_9Z.A.0"] {
            check(token, true);
        }
        for other in
            [&b""[..], b".", b"..", b"a..", ".b.c".as_bytes(), b"a..c", b"a.b", b"a.b.c.d", b"a.b.c.d.e"]
        {
            check(other, false);
        }
        for byte in 0..=u8::MAX {
            let expected = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            check(&[b'a', byte, b'.', b'b', b'.', b'c'], expected);
        }
    }
}
