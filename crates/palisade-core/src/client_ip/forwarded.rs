//! The `Forwarded` field of RFC 7239, element by element.
//!
//! Elements are cut off the right end of a line, because the right end is what the nearest proxy wrote and the left
//! end is what a stranger wrote. Cutting needs no look at the rest of the line: outside a quoted string a quote
//! sign can only be a closing one, its opening partner is the nearest quote to the left that an even number of
//! backslashes precedes, and no other quote inside a quoted string has that form. So an unbalanced quote sent by a
//! client cannot swallow the element a proxy appended to it. Each element cut off is then read forwards and strictly.

use std::net::IpAddr;

use super::canonical::{is_port, parse_host};

/// What a `for` parameter names (RFC 7239 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    /// An address; its port, if any, was well-formed and is dropped.
    Ip(IpAddr),
    /// The word `unknown` (§6.2).
    Unknown,
    /// A name with a leading underscore that hides the address (§6.3).
    Obfuscated,
}

/// An element that does not follow the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Where the comma stands that begins the last element of a line; `None` if the whole line is one element.
///
/// Reads from the right and stops at that comma. If a quoted string has no beginning there is no such comma, and
/// [`element`] refuses what is left.
pub(crate) fn last_comma(line: &[u8]) -> Option<usize> {
    let mut at = line.len();
    let mut quoted = false;
    while let Some(next) = at.checked_sub(1) {
        at = next;
        match line.get(at)? {
            b'"' if quoted => {
                let backslashes = line.iter().take(at).rev().take_while(|b| **b == b'\\').count();
                quoted = backslashes % 2 == 1;
            }
            b'"' => quoted = true,
            b',' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The `for` parameter of one element (RFC 7239 §4), or `None` if it has no such parameter.
///
/// All pairs must be well-formed and no name may occur twice, whatever the case of its letters. Only the value
/// of `for` is read beyond its quoting.
///
/// # Errors
///
/// [`Malformed`] for everything outside the grammar, for more than 16 parameters, and for a `for` whose value is no node.
pub(crate) fn element(text: &[u8]) -> Result<Option<Node>, Malformed> {
    let mut names: [&[u8]; MAX_PARAMETERS] = [&[]; MAX_PARAMETERS];
    let mut count = 0;
    let mut found = None;
    let mut rest = text;
    loop {
        // Every pair is optional (§4): `;for=192.0.2.1` and the empty element are well-formed.
        if !matches!(rest, [] | [b';', ..]) {
            let (name, value, after) = pair(rest)?;
            if names.iter().take(count).any(|known| known.eq_ignore_ascii_case(name)) {
                return Err(Malformed);
            }
            *names.get_mut(count).ok_or(Malformed)? = name;
            count += 1;
            if name.eq_ignore_ascii_case(b"for") {
                found = Some(value.node()?);
            }
            rest = after;
        }
        match rest {
            [] => return Ok(found),
            [b';', after @ ..] => rest = after,
            _ => return Err(Malformed),
        }
    }
}

/// A parameter's value as it stands in the field.
#[derive(Debug, Clone, Copy)]
enum Value<'t> {
    Token(&'t [u8]),
    /// What stands between the quotes, escapes included.
    Quoted(&'t [u8]),
}

impl Value<'_> {
    fn node(self) -> Result<Node, Malformed> {
        match self {
            Self::Token(text) => node(text),
            Self::Quoted(text) if !text.contains(&b'\\') => node(text),
            Self::Quoted(text) => {
                let mut plain = [0; MAX_ESCAPED];
                let mut length = 0;
                let mut bytes = text.iter();
                while let Some(mut byte) = bytes.next() {
                    if *byte == b'\\' {
                        byte = bytes.next().ok_or(Malformed)?;
                    }
                    *plain.get_mut(length).ok_or(Malformed)? = *byte;
                    length += 1;
                }
                node(plain.get(..length).ok_or(Malformed)?)
            }
        }
    }
}

/// `forwarded-pair`: its name, its value, and what follows.
fn pair(text: &[u8]) -> Result<(&[u8], Value<'_>, &[u8]), Malformed> {
    let (name, rest) = token(text)?;
    let rest = rest.strip_prefix(b"=").ok_or(Malformed)?;
    if let Some(rest) = rest.strip_prefix(b"\"") {
        let (inner, rest) = quoted_string(rest)?;
        Ok((name, Value::Quoted(inner), rest))
    } else {
        let (value, rest) = token(rest)?;
        Ok((name, Value::Token(value), rest))
    }
}

/// `token` (RFC 9110 §5.6.2), and what follows.
fn token(text: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let end = text.iter().position(|b| !is_tchar(*b)).unwrap_or(text.len());
    if end == 0 { Err(Malformed) } else { Ok(text.split_at(end)) }
}

/// The inside of a `quoted-string` (RFC 9110 §5.6.4) whose opening quote is gone, and what follows the closing one.
fn quoted_string(text: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut bytes = text.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let data = match byte {
            b'"' => {
                let (inner, rest) = text.split_at(at);
                return Ok((inner, rest.strip_prefix(b"\"").ok_or(Malformed)?));
            }
            b'\\' => bytes.next().ok_or(Malformed)?.1,
            data => data,
        };
        if data.is_ascii_control() && *data != b'\t' {
            return Err(Malformed);
        }
    }
    Err(Malformed)
}

/// `node` (RFC 7239 §6), without its quotes.
fn node(text: &[u8]) -> Result<Node, Malformed> {
    if let Some((ip, port)) = parse_host(text) {
        return if port.is_none_or(is_node_port) { Ok(Node::Ip(ip)) } else { Err(Malformed) };
    }
    let mut parts = text.splitn(2, |b| *b == b':');
    let name = parts.next().unwrap_or_default();
    if !parts.next().is_none_or(is_node_port) {
        Err(Malformed)
    } else if name.eq_ignore_ascii_case(b"unknown") {
        Ok(Node::Unknown)
    } else if is_obfuscated(name) {
        Ok(Node::Obfuscated)
    } else {
        Err(Malformed)
    }
}

fn is_node_port(text: &[u8]) -> bool {
    is_port(text) || is_obfuscated(text)
}

/// `obfnode` and `obfport` (RFC 7239 §6): an underscore and at least one more character.
fn is_obfuscated(text: &[u8]) -> bool {
    match text {
        [b'_', name @ ..] if !name.is_empty() => {
            name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        }
        _ => false,
    }
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 7239 §5 defines four parameters; the rest is room for extensions.
const MAX_PARAMETERS: usize = 16;
/// No address needs escapes, so a node that has them may only be short.
const MAX_ESCAPED: usize = 128;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> Result<Option<Node>, Malformed> {
        Ok(Some(Node::Ip(text.parse().unwrap())))
    }

    fn check(input: &str, expected: Result<Option<Node>, Malformed>) {
        assert_eq!(element(input.as_bytes()), expected, "{input}");
    }

    /// All elements of a line, in the order written.
    fn split(mut line: &[u8]) -> Vec<&[u8]> {
        let mut elements = Vec::new();
        while let Some(comma) = last_comma(line) {
            elements.push(line[comma + 1..].trim_ascii());
            line = &line[..comma];
        }
        elements.push(line.trim_ascii());
        elements.reverse();
        elements
    }

    #[test]
    fn examples_of_rfc_7239() {
        // §4
        check(r#"for="_gazonk""#, Ok(Some(Node::Obfuscated)));
        check(r#"For="[2001:db8:cafe::17]:4711""#, ip("2001:db8:cafe::17"));
        check("for=192.0.2.60;proto=http;by=203.0.113.43", ip("192.0.2.60"));
        assert_eq!(
            split(b"for=192.0.2.43, for=198.51.100.17"),
            [&b"for=192.0.2.43"[..], b"for=198.51.100.17"]
        );
        // §6.1 and §6.3
        check(r#"for="192.0.2.43:47011""#, ip("192.0.2.43"));
        check("for=_hidden", Ok(Some(Node::Obfuscated)));
        check("for=_SEVKISEK", Ok(Some(Node::Obfuscated)));
        // §7.1
        let line = br#"for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown"#;
        let nodes: Vec<_> = split(line).into_iter().map(element).collect();
        assert_eq!(nodes, [ip("192.0.2.43"), ip("2001:db8:cafe::17"), Ok(Some(Node::Unknown))]);
        // §7.4
        let line = br#"for=_hidden, for=_SEVKISEK, for="_x:_y";by="[2001:db8::9]""#;
        assert!(split(line).into_iter().all(|e| element(e) == Ok(Some(Node::Obfuscated))));
    }

    #[test]
    fn well_formed_elements() {
        check("", Ok(None));
        check(";;", Ok(None));
        check("proto=https;by=_me", Ok(None));
        check(";for=192.0.2.1;", ip("192.0.2.1"));
        check("FOR=192.0.2.1", ip("192.0.2.1"));
        check(r#"for="192.0.2.1""#, ip("192.0.2.1"));
        check(r#"for="192.0.2.1:_p""#, ip("192.0.2.1"));
        check(r#"for="\[2001:db8::1\]:\8\0""#, ip("2001:db8::1"));
        check(r#"for="[::ffff:192.0.2.1]""#, ip("192.0.2.1"));
        check(r#"for="Unknown:99999""#, Ok(Some(Node::Unknown)));
        check(r#"host="a,b;for=203.0.113.9;x=\"y\"";for=192.0.2.1"#, ip("192.0.2.1"));
        check("host=\"caf\u{e9}\t\";for=192.0.2.1", ip("192.0.2.1"));
        check(r#"for=192.0.2.1;secret="""#, ip("192.0.2.1"));
    }

    #[test]
    fn a184_malformed_elements() {
        for text in [
            "for",
            "for=",
            "=192.0.2.1",
            "for =192.0.2.1",
            "for= 192.0.2.1",
            "for=192.0.2.1; proto=http",
            "for=192.0.2.1 ;proto=http",
            "192.0.2.1",
            "for=192.0.2.1:80",
            "for=[2001:db8::1]",
            r#"for="2001:db8::1""#,
            r#"for="[192.0.2.1]""#,
            r#"for="[2001:db8::1"#,
            r#"for="[2001:db8::1]:""#,
            r#"for="[2001:db8::1]:123456""#,
            r#"for="[fe80::1%25eth0]""#,
            "for=_",
            "for=foo",
            "for=1.2.3.4.5",
            "for=0x7f.1",
            "for=010.0.0.1",
            "for=0.0.0.0",
            r#"for="[::]""#,
            "for=unknown;for=192.0.2.1",
            "for=192.0.2.1;FOR=192.0.2.1",
            "proto=a;for=192.0.2.1;Proto=b",
            r#"for="192.0.2.1"x"#,
            r#"for="192.0.2.1""#.trim_end_matches('"'),
            r#"for="192.0.2.1\"#,
            r#"for="192.0.2.1\""#,
            r#"host="a"b";for=192.0.2.1"#,
            "for=\u{661}92.0.2.1",
            "f\u{f6}r=192.0.2.1",
            "host=\"\0\";for=192.0.2.1",
            r#"for="_\é""#,
            r#"for="""#,
            "for=192.0.2.1,for=192.0.2.2",
        ] {
            check(text, Err(Malformed));
        }
        check(&format!("for=\"\\_{}\"", "a".repeat(MAX_ESCAPED)), Err(Malformed));
        let parameters: Vec<_> = (0..MAX_PARAMETERS).map(|n| format!("p{n}=1")).collect();
        check(&parameters.join(";"), Ok(None));
        check(&format!("{};for=192.0.2.1", parameters.join(";")), Err(Malformed));
    }

    #[test]
    fn commas_in_quotes_are_data() {
        for (line, last) in [
            (r#"for=a, for="_b,c""#, r#"for="_b,c""#),
            (r#"for=a,host="x\",y";for=b"#, r#"host="x\",y";for=b"#),
            (r#"for=a,host="x\\",for=b"#, "for=b"),
            (r#"for=a,host="\\\",\\",by="""#, r#"by="""#),
            (r#"for=a,host="\\\",\\""#, r#"host="\\\",\\""#),
            ("for=a,", ""),
            // An unbalanced quote to the left does not reach over the comma.
            (r#"for="_a, for=b"#, "for=b"),
            (r#"for="_a\, for=b;host="x""#, r#"for=b;host="x""#),
            // An unbalanced quote in the last element swallows the line, and the element is refused.
            (r#"for=a, for=b""#, r#"for=a, for=b""#),
        ] {
            assert_eq!(split(line.as_bytes()).last(), Some(&last.as_bytes()), "{line}");
        }
    }

    /// A well-formed element whose quoted strings hold every sign that could mislead the cut.
    fn well_formed() -> impl Strategy<Value = String> {
        let value = prop_oneof!["[a-z0-9._]{1,6}", r#""([a-z,;= ]|\\["\\,a])*""#];
        proptest::collection::vec(value, 0..4).prop_map(|values| {
            let pairs: Vec<_> = values.iter().enumerate().map(|(n, value)| format!("p{n}={value}")).collect();
            pairs.join(";")
        })
    }

    proptest! {
        #[test]
        fn cutting_undoes_joining(elements in proptest::collection::vec(well_formed(), 1..8)) {
            let line = elements.join(" ,\t");
            prop_assert_eq!(split(line.as_bytes()), elements.iter().map(String::as_bytes).collect::<Vec<_>>());
            prop_assert!(elements.iter().all(|e| element(e.as_bytes()) == Ok(None)));
        }

        #[test]
        fn nothing_to_the_left_moves_the_cut(left: Vec<u8>, last in well_formed()) {
            let line = [&left, &b","[..], last.as_bytes()].concat();
            prop_assert_eq!(last_comma(&line), Some(left.len()));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, near in r#"(for=|[",;=\\_:\[\] ]|[a-f0-9.])*"#) {
            for line in [&bytes[..], near.as_bytes()] {
                for part in split(line) {
                    let _ = element(part);
                }
            }
        }
    }
}
