//! The values of a header from right to left, which is from the nearest proxy outwards.

use std::iter::Rev;
use std::net::IpAddr;

use http::header::{HeaderMap, HeaderName, HeaderValue, ValueIter};

use super::canonical::{is_port, parse_host, parse_ip};

/// How many hops are examined before the walk gives up.
pub(crate) const MAX_HOPS: usize = 32;

/// How many lines a header has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines<'h> {
    /// No line, or one that is blank.
    Absent,
    /// One line, without the white space around it.
    One(&'h [u8]),
    /// Two or more, blank or not.
    Several,
}

/// Counts the lines of a header, up to two.
pub(crate) fn lines<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Lines<'h> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.as_bytes().trim_ascii()), values.next()) {
        (None | Some([]), None) => Lines::Absent,
        (Some(line), None) => Lines::One(line),
        (_, Some(_)) => Lines::Several,
    }
}

/// The elements of a list header from right to left, all its lines taken as one list (RFC 9110 §5.3).
///
/// Lazy and without allocation: it looks at no more of the header than it is asked for, and at 16 KiB in all.
#[derive(Debug)]
pub(crate) struct Elements<'h> {
    lines: Rev<ValueIter<'h, HeaderValue>>,
    /// What is left of the line being cut.
    line: Option<&'h [u8]>,
    budget: usize,
    last_comma: fn(&[u8]) -> Option<usize>,
}

/// An element that does not begin within the bytes that may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlong;

impl<'h> Elements<'h> {
    /// The elements of all lines called `name`; `last_comma` finds the comma before the last element of a line.
    pub(crate) fn new(
        headers: &'h HeaderMap,
        name: &HeaderName,
        last_comma: fn(&[u8]) -> Option<usize>,
    ) -> Self {
        Self { lines: headers.get_all(name).iter().rev(), line: None, budget: MAX_BYTES, last_comma }
    }
}

impl<'h> Iterator for Elements<'h> {
    type Item = Result<&'h [u8], Overlong>;

    /// The next element to the left without the white space around it; it may be empty.
    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.line.take() {
            Some(line) => line,
            None => self.lines.next()?.as_bytes(),
        };
        let (unseen, window) = line.split_at(line.len().saturating_sub(self.budget));
        let element = match (self.last_comma)(window) {
            Some(comma) => {
                let (_, element) = window.split_at(comma + 1);
                self.line = Some(line.split_at(unseen.len() + comma).0);
                element
            }
            None if unseen.is_empty() => window,
            None => return Some(Err(Overlong)),
        };
        self.budget = self.budget.saturating_sub(element.len() + 1);
        Some(Ok(element.trim_ascii()))
    }
}

/// Where the comma stands that begins the last element of a line without quoting.
pub(crate) fn last_comma(line: &[u8]) -> Option<usize> {
    line.iter().rposition(|b| *b == b',')
}

/// An element of `X-Forwarded-For`: `IPv4`, `IPv6`, `IPv4:port`, `[IPv6]` or `[IPv6]:port`.
pub(crate) fn address(element: &[u8]) -> Option<IpAddr> {
    parse_ip(element).or_else(|| {
        let (ip, port) = parse_host(element)?;
        port.is_none_or(is_port).then_some(ip)
    })
}

/// Room for 32 elements of 512 bytes; an address with its port needs 53.
const MAX_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAME: HeaderName = HeaderName::from_static("x-list");

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        lines.iter().map(|line| (NAME, HeaderValue::from_bytes(line).unwrap())).collect()
    }

    fn check(lines: &[&str], expected: &[&str]) {
        let bytes: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
        let headers = headers(&bytes);
        let elements: Result<Vec<_>, _> = Elements::new(&headers, &NAME, last_comma).collect();
        assert_eq!(elements.unwrap(), expected.iter().map(|e| e.as_bytes()).collect::<Vec<_>>(), "{lines:?}");
    }

    #[test]
    fn a185_lines_are_one_list_read_from_its_end() {
        check(&[], &[]);
        check(&["a"], &["a"]);
        check(&["a, b ,\tc"], &["c", "b", "a"]);
        check(&["a,b", "c", "d , e"], &["e", "d", "c", "b", "a"]);
    }

    #[test]
    fn empty_elements_are_kept() {
        check(&[""], &[""]);
        check(&[" , ,"], &["", "", ""]);
        check(&["a", "", "b,"], &["", "b", "", "a"]);
    }

    #[test]
    fn lines_are_counted() {
        assert_eq!(lines(&headers(&[]), &NAME), Lines::Absent);
        assert_eq!(lines(&headers(&[b" \t"]), &NAME), Lines::Absent);
        assert_eq!(lines(&headers(&[b" a, b\t"]), &NAME), Lines::One(b"a, b"));
        for several in [[b"a", b"a"], [b"a", b" "], [b" ", b" "]] {
            assert_eq!(lines(&headers(&several.map(|line| &line[..])), &NAME), Lines::Several);
        }
    }

    #[test]
    fn no_more_than_the_budget_is_looked_at() {
        let long = "x".repeat(MAX_BYTES);
        check(&[&long], &[&long]);
        let over = [b"a,x", long.as_bytes()].concat();
        let headers = headers(&[b"z", &over, b"b,c"]);
        let mut elements = Elements::new(&headers, &NAME, last_comma);
        for expected in [Ok(&b"c"[..]), Ok(b"b"), Err(Overlong)] {
            assert_eq!(elements.next(), Some(expected));
        }

        let half = "x".repeat(MAX_BYTES / 2 - 1);
        check(&[&half, &half], &[&half, &half]);
        let headers = self::headers(&[b"x", half.as_bytes(), half.as_bytes()]);
        assert_eq!(Elements::new(&headers, &NAME, last_comma).nth(2), Some(Err(Overlong)));
    }

    #[test]
    fn forms_of_an_address() {
        let v4 = Some("192.0.2.1".parse().unwrap());
        let v6 = Some("2001:db8::1".parse().unwrap());
        for (text, expected) in [
            ("192.0.2.1", v4),
            ("192.0.2.1:1", v4),
            ("192.0.2.1:65535", v4),
            ("::ffff:192.0.2.1", v4),
            ("[::ffff:192.0.2.1]:443", v4),
            ("2001:db8::1", v6),
            ("[2001:db8::1]", v6),
            ("[2001:db8::1]:443", v6),
            ("", None),
            ("192.0.2.1:", None),
            ("192.0.2.1:123456", None),
            ("192.0.2.1:_x", None),
            ("[192.0.2.1]", None),
            ("[2001:db8::1]:", None),
            ("[2001:db8::1", None),
            ("192.0.2.1 198.51.100.1", None),
            ("\"192.0.2.1\"", None),
            ("for=192.0.2.1", None),
            ("unknown", None),
        ] {
            assert_eq!(address(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_undoes_writing(lists in proptest::collection::vec(
            proptest::collection::vec("[!-+.-~]{0,9}", 1..6), 0..6,
        )) {
            let lines: Vec<_> = lists.iter().map(|list| list.join(", ")).collect();
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            let expected: Vec<_> = lists.iter().flatten().rev().map(String::as_str).collect();
            check(&lines, &expected);
        }

        #[test]
        fn arbitrary_bytes_never_panic(element: Vec<u8>) {
            let _ = (address(&element), last_comma(&element));
        }
    }
}
