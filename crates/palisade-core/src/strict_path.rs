//! Paths that every reader takes for the same.

use crate::{
    denial::{Denial, DenialKind},
    facts::Facts,
    guard::Guard,
    reply::Reply,
};
use http::request;
use std::str::Utf8Error;

/// Refuses (400) paths that a proxy, a router or a file system could read differently, before any route is looked for; nothing is
/// ever rewritten.
///
/// Refused are empty segments (`//`) and dot segments, also encoded; encoded slashes, backslashes, dots and percent signs (`%2F`,
/// `%5C`, `%2E`, `%25`); `;` and backslashes, however written; broken escapes; control characters and line ends, encoded ones and
/// those of Unicode included; what does not decode to UTF-8, and bytes outside ASCII. A slash at the end is a path of its own.
///
/// ```
/// use palisade_core::StrictPath;
///
/// assert!(StrictPath::permits("/v1/models/") && StrictPath::permits("/.well-known/caf%C3%A9"));
/// assert!(!StrictPath::permits("/public/%2e%2e/v1") && !StrictPath::permits("//v1") && !StrictPath::permits("/v1;x=1"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StrictPath;

impl StrictPath {
    /// Whether this path, as it was sent, can be read in one way only.
    #[must_use]
    pub fn permits(path: &str) -> bool {
        fault(path).is_none()
    }
}

impl Guard for StrictPath {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
        let path = head.uri.path();
        // `*` and the empty path of `CONNECT` name no resource that a route could stand for.
        if is_plain(path.as_bytes()) || !path.starts_with('/') {
            return Reply::now(Ok(()));
        }
        Reply::now(fault(path).map_or(Ok(()), |reason| Err(Denial::new(DenialKind::Invalid).because(reason))))
    }
}

/// Whether the path needs no closer look: nothing in it is encoded or a dot, and no segment is empty.
fn is_plain(path: &[u8]) -> bool {
    let mut slash = false;
    path.iter().all(|byte| {
        let again = slash;
        slash = *byte == b'/';
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || (slash && !again)
    })
}

fn fault(path: &str) -> Option<&'static str> {
    let segments = || path.split('/').skip(1);
    let count = segments().count();
    // The last one is empty where the path ends with a slash.
    if segments().take(count.saturating_sub(1)).any(str::is_empty) {
        return Some("empty_segment");
    }
    if segments().any(|segment| matches!(segment, "." | "..")) {
        return Some("dot_segment");
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b';' | b'\\')) {
        return Some("path_characters");
    }
    let decoded = match decode(path.as_bytes()) {
        Ok(decoded) => decoded,
        Err(reason) => return Some(reason),
    };
    match decoded.text() {
        Ok(text) if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) => {
            Some("control_character")
        }
        Ok(_) => None,
        Err(_) => Some("path_not_utf8"),
    }
}

struct Decoded(Vec<u8>);

impl Decoded {
    fn text(&self) -> Result<&str, Utf8Error> {
        str::from_utf8(&self.0)
    }
}

fn decode(path: &[u8]) -> Result<Decoded, &'static str> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'%' {
            decoded.push(*byte);
            continue;
        }
        let mut digit = || char::from(*bytes.next()?).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err("broken_escape") };
        let byte = u8::try_from(high << 4 | low).map_err(|_| "broken_escape")?;
        if matches!(byte, b'/' | b'\\' | b'.' | b'%' | b';') {
            return Err("encoded_delimiter");
        }
        decoded.push(byte);
    }
    Ok(Decoded(decoded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(path: &str, expected: Option<&'static str>) {
        assert_eq!(fault(path), expected, "{path}");
        assert!(expected.is_none() || !is_plain(path.as_bytes()), "{path}");
    }

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "/",
            "/v1/models",
            "/v1/models/",
            "/.well-known/openid-configuration",
            "/a.b/c..d/...",
            "/~user/a-b_c",
            "/x:y@z!$&'()*+,=",
            "/caf%C3%A9/%F0%9F%98%80",
            "/a%20b%3A%40%3Fc%23",
            "/pkg.Service/Method",
        ] {
            check(path, None);
        }
    }

    #[test]
    fn a001_a002_empty_segments_are_refused() {
        for path in ["//", "//v1/models", "/v1//models", "/v1/models//"] {
            check(path, Some("empty_segment"));
        }
        check("/v1/./models", Some("dot_segment"));
    }

    #[test]
    fn a004_dot_segments_are_refused_however_they_are_written() {
        for path in ["/public/../v1/models", "/..", "/.", "/v1/."] {
            check(path, Some("dot_segment"));
        }
        for path in [
            "/public/%2e%2e/v1/models",
            "/public/%2E./v1",
            "/public/..%2fv1/models",
            "/public/%252e%252e/v1/models",
            "/a%2eb",
        ] {
            check(path, Some("encoded_delimiter"));
        }
    }

    #[test]
    fn a005_encoded_slashes_and_backslashes_are_refused() {
        for path in ["/v1/models%2f", "/v1%2Fmodels", "/v1/models%5c", "/v1/models%3Bx", "/%25"] {
            check(path, Some("encoded_delimiter"));
        }
        for path in ["/v1/models;x=1", "/v1\\models", "/v1/caf\u{e9}"] {
            check(path, Some("path_characters"));
        }
    }

    #[test]
    fn a009_control_characters_and_broken_escapes_are_refused() {
        for path in
            ["/v1/models%00", "/v1/models%0a", "/v1/models%0d%0aX:y", "/a%7f", "/a%c2%85", "/a%e2%80%a8"]
        {
            check(path, Some("control_character"));
        }
        for path in ["/%", "/%2", "/%zz", "/%+1"] {
            check(path, Some("broken_escape"));
        }
        for path in ["/%ff", "/%c3", "/%c0%af", "/%ed%a0%80"] {
            check(path, Some("path_not_utf8"));
        }
    }

    proptest! {
        /// What passes decodes to as many segments as were written, none of which goes anywhere.
        #[test]
        fn what_passes_has_one_reading(path in "/[a-z./%;\\\\0-9A-F]{0,24}") {
            if StrictPath::permits(&path) {
                let decoded = decode(path.as_bytes()).unwrap();
                let text = decoded.text().unwrap();
                prop_assert_eq!(text.split('/').count(), path.split('/').count());
                prop_assert!(text.split('/').all(|segment| segment != "." && segment != ".."));
                prop_assert!(!text.contains("//") && !text.contains('%') && !text.contains('\\'));
            }
        }

        #[test]
        fn the_short_way_agrees_with_the_long_one(path in "/[a-zA-Z0-9./_~%-]{0,16}") {
            if is_plain(path.as_bytes()) {
                prop_assert_eq!(fault(&path), None);
            }
        }
    }
}
