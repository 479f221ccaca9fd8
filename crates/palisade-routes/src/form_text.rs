//! Names and values of forms and queries.

/// One name or value of a form or a query as browsers write it (WHATWG URL §5.1): `+` is a space, `%` and two hexadecimal digits are a
/// byte, and all of it is UTF-8; `None` for anything else, which is not mended.
///
/// ```
/// use palisade_routes::form_text;
///
/// assert_eq!(form_text(b"a+b%26%C3%A9").as_deref(), Some("a b&\u{e9}"));
/// assert_eq!(form_text(b"100%"), None);
/// ```
#[must_use]
pub fn form_text(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_whole_is_nothing() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(form_text(text.as_bytes()).as_deref(), expected, "{text}");
        };
        check("", Some(""));
        check("a+b%20c", Some("a b c"));
        check("%00%7e%7E", Some("\0~~"));
        check("%2525", Some("%25"));
        for broken in ["%", "%4", "a%4", "%zz", "%4g", "%+1", "%ff", "%C3", "%c3%28"] {
            check(broken, None);
        }
    }
}
