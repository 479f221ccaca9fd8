//! What was presented, and where: found by place and shape alone, without verifying anything.

use crate::denial::{Denial, DenialKind};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use std::fmt;

/// The longest credential that is looked at, in bytes; a longer one is refused before any work.
pub const MAX_CREDENTIAL_LEN: usize = 8_192;

/// A presented credential, borrowed from the request's head; `Debug` does not show it.
#[derive(Clone, Copy)]
pub struct Credential<'h> {
    place: &'h HeaderName,
    secret: &'h [u8],
}

impl<'h> Credential<'h> {
    /// The credential `secret` out of the header `place`.
    #[must_use]
    pub const fn new(place: &'h HeaderName, secret: &'h [u8]) -> Self {
        Self { place, secret }
    }

    /// The header in which it stood.
    #[must_use]
    pub const fn place(&self) -> &'h HeaderName {
        self.place
    }

    /// Its bytes, for the verifier.
    #[must_use]
    pub const fn expose(&self) -> &'h [u8] {
        self.secret
    }
}

impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({}: [REDACTED])", self.place)
    }
}

/// The `Authorization` field of a request, taken apart (RFC 9110 §11.6.2).
#[derive(Clone, Copy)]
pub struct Authorization<'h> {
    scheme: &'h [u8],
    rest: &'h [u8],
}

impl<'h> Authorization<'h> {
    /// Reads the one `Authorization` line; `None` where there is none.
    ///
    /// # Errors
    ///
    /// 400 where the field stands twice (it is no list; RFC 6750 §3.1), 401 where its value is longer than
    /// [`MAX_CREDENTIAL_LEN`], empty, or not `scheme 1*SP something`.
    pub fn of(headers: &'h HeaderMap) -> Result<Option<Self>, Denial> {
        match only(headers, &AUTHORIZATION)? {
            Some(value) => Self::read(value).map(Some),
            None => Ok(None),
        }
    }

    /// Reads the value of the one line.
    #[inline]
    pub(crate) fn of_value(value: &'h HeaderValue) -> Result<Self, Denial> {
        // As nearly everybody writes it: nothing to trim, and the scheme known by its length.
        let bytes = value.as_bytes();
        if bytes.starts_with(b"Bearer ")
            && bytes.len() <= MAX_CREDENTIAL_LEN
            && bytes.last().is_some_and(|last| *last > b' ')
        {
            let (scheme, rest) = bytes.split_at(6);
            return Ok(Self { scheme, rest: rest.without_spaces() });
        }
        Self::of_any(value)
    }

    #[inline(never)]
    fn of_any(value: &'h HeaderValue) -> Result<Self, Denial> {
        Self::read(trimmed(value)?)
    }

    #[inline]
    fn read(value: &'h [u8]) -> Result<Self, Denial> {
        let Some(space) = value.iter().position(|byte| *byte == b' ') else {
            // A bare scheme is a malformed credential, not a missing one.
            return if value.is_empty() { Err(malformed()) } else { Ok(Self { scheme: value, rest: b"" }) };
        };
        let (scheme, rest) = value.split_at(space);
        Ok(Self { scheme, rest: rest.without_spaces() })
    }

    /// Whether the scheme is this one; schemes are case-insensitive.
    #[must_use]
    #[inline]
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme == scheme.as_bytes() || self.scheme.eq_ignore_ascii_case(scheme.as_bytes())
    }

    /// The credentials whatever they are made of, for kinds that compare them as a whole and refuse everything else anyway.
    ///
    /// # Errors
    ///
    /// 401 where there are none.
    #[inline]
    pub fn opaque(&self) -> Result<Credential<'h>, Denial> {
        if self.rest.is_empty() {
            Err(malformed())
        } else {
            Ok(Credential { place: &AUTHORIZATION, secret: self.rest })
        }
    }

    /// The credentials as one token68 (RFC 9110 §11.2), which is also what a bearer token is (RFC 6750 §2.1).
    ///
    /// # Errors
    ///
    /// 401 where they are empty or hold anything else: a comma, a tab, a second word, bytes outside ASCII.
    #[inline]
    pub fn token68(&self) -> Result<Credential<'h>, Denial> {
        let body = self.rest.without_padding();
        if body.is_empty() || !body.iter().all(|byte| TOKEN68[usize::from(*byte)]) {
            return Err(malformed());
        }
        Ok(Credential { place: &AUTHORIZATION, secret: self.rest })
    }
}

impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization([REDACTED])")
    }
}

trait Trim {
    /// `token68` may end in any number of `=`.
    fn without_padding(&self) -> &[u8];
    /// Any number of spaces may stand behind the scheme.
    fn without_spaces(&self) -> &[u8];
}

impl Trim for [u8] {
    #[inline]
    fn without_padding(&self) -> &[u8] {
        let mut body = self;
        while let [head @ .., b'='] = body {
            body = head;
        }
        body
    }

    #[inline]
    fn without_spaces(&self) -> &[u8] {
        let mut rest = self;
        while let [b' ', tail @ ..] = rest {
            rest = tail;
        }
        rest
    }
}

const TOKEN68: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let allowed = (byte as u8).is_ascii_alphanumeric();
        table[byte] = allowed || matches!(byte as u8, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
        byte += 1;
    }
    table
};

/// The value of a header that carries a whole credential, such as `X-API-Key`; `None` where there is none.
///
/// # Errors
///
/// 400 where it stands twice, 401 where it is empty or longer than [`MAX_CREDENTIAL_LEN`].
pub fn single_header<'h>(
    headers: &'h HeaderMap,
    name: &'h HeaderName,
) -> Result<Option<Credential<'h>>, Denial> {
    match only(headers, name)? {
        None => Ok(None),
        Some(b"") => Err(malformed()),
        Some(secret) => Ok(Some(Credential { place: name, secret })),
    }
}

#[inline]
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h [u8]>, Denial> {
    let Some(line) = headers.get(name) else { return Ok(None) };
    // Where no header stands twice, this one does not: nothing else needs looking at.
    if headers.len() != headers.keys_len() && headers.get_all(name).iter().nth(1).is_some() {
        return Err(ambiguous());
    }
    trimmed(line).map(Some)
}

#[inline]
fn trimmed(line: &HeaderValue) -> Result<&[u8], Denial> {
    if line.len() > MAX_CREDENTIAL_LEN {
        return Err(too_long());
    }
    Ok(line.as_bytes().trim_ascii())
}

#[cold]
fn too_long() -> Denial {
    Denial::new(DenialKind::Unauthenticated).because("credential_too_long").with_message(BAD)
}

/// What a caller reads whose credential does not hold, whatever was wrong with it.
pub(crate) const BAD: &str = "Invalid or expired credential";

fn malformed() -> Denial {
    Denial::new(DenialKind::Unauthenticated).because("malformed_credential").with_message(BAD)
}

/// More than one credential, or one twice.
pub(crate) fn ambiguous() -> Denial {
    Denial::new(DenialKind::Invalid)
        .because("ambiguous_credential")
        .with_message("More than one credential was presented")
        .with_details(serde_json::json!({ "reason": "ambiguous_credential" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for line in lines {
            map.append(AUTHORIZATION, HeaderValue::from_bytes(line).unwrap());
        }
        map
    }

    fn check(lines: &[&[u8]], expected: Result<Option<&[u8]>, u16>) {
        let map = headers(lines);
        let found = Authorization::of(&map).and_then(|found| match found {
            Some(found) if found.is("Bearer") => found.token68().map(|token| Some(token.expose())),
            _ => Ok(None),
        });
        let found = found.map_err(|denial| denial.kind().status().as_u16());
        assert_eq!(found, expected, "{lines:?}");
    }

    #[test]
    fn a031_a032_scheme_and_spaces() {
        for line in [&b"Bearer abc"[..], b"bearer abc", b"BEARER abc", b"Bearer   abc", b" Bearer abc "] {
            check(&[line], Ok(Some(b"abc")));
        }
        check(&[b"Bearer\tabc"], Ok(None));
        check(&[b"Bearer \tabc"], Err(401));
        check(&[b"Bearer abc="], Ok(Some(b"abc=")));
    }

    #[test]
    fn a033_a034_empty_and_lists() {
        check(&[b"Bearer"], Err(401));
        check(&[b"Bearer "], Err(401));
        check(&[b""], Err(401));
        check(&[b"Bearer a, Basic b"], Err(401));
        check(&[b"Bearer a,b"], Err(401));
        check(&[b"Bearer ==="], Err(401));
    }

    #[test]
    fn a029_two_lines_are_ambiguous_even_when_equal() {
        check(&[b"Bearer a", b"Bearer a"], Err(400));
        check(&[b"Bearer a", b"junk"], Err(400));
    }

    #[test]
    fn a036_a043_length_and_bytes_outside_ascii() {
        let fits = [&b"Bearer "[..], &[b'a'; MAX_CREDENTIAL_LEN - 7]].concat();
        check(&[&fits], Ok(Some(&fits[7..])));
        check(&[&[&fits[..], b"a"].concat()], Err(401));
        check(&["Bearer ｔｏｋｅｎ".as_bytes()], Err(401));
        check(&[b"Bearer \xff\xfe"], Err(401));
    }

    #[test]
    fn a045_debug_hides_it() {
        let name = AUTHORIZATION;
        assert!(!format!("{:?}", Credential::new(&name, b"canary")).contains("canary"));
    }
}
