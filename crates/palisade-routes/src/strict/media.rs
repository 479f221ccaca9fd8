//! Whether a body says that it is JSON.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE},
    request,
};
use palisade_core::{Denial, DenialKind};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Refuses (415) what is not `application/json` or `application/*+json` in UTF-8, and what is encoded.
///
/// The answer says what would be read: in `Accept-Post` (W3C LDP §7.1), `Accept-Patch` (RFC 5789 §3.1) or else `Accept`
/// (RFC 9110 §12.5.1), and in `Accept-Encoding` (RFC 9110 §12.5.3).
pub(crate) fn require_json(head: &request::Parts) -> Result<(), Denial> {
    let unsupported = || Denial::new(DenialKind::UnsupportedMediaType);
    let plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !head.headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        let denial = unsupported().because("content_encoding");
        return Err(denial.with_header(ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    if is_json(&head.headers) {
        return Ok(());
    }
    let name = match head.method {
        Method::POST => HeaderName::from_static("accept-post"),
        Method::PATCH => HeaderName::from_static("accept-patch"),
        _ => ACCEPT,
    };
    Err(unsupported().because("content_type").with_header(name, JSON))
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    let Ok(line) = line.to_str() else { return false };
    let mut parts = line.split(';');
    let media = parts.next().unwrap_or_default().trim_matches([' ', '\t']).to_ascii_lowercase();
    let json = media.strip_prefix("application/").is_some_and(|kind| {
        let suffixed = kind.strip_suffix("+json").is_some_and(|kind| !kind.is_empty());
        (kind == "json" || suffixed) && kind.bytes().all(is_token)
    });
    json && parts.all(is_utf8_or_other)
}

/// A parameter that does not say that the text is in another charset.
fn is_utf8_or_other(parameter: &str) -> bool {
    let parameter = parameter.trim_matches([' ', '\t']);
    let Some((name, value)) = parameter.split_once('=') else { return parameter.is_empty() };
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    !name.eq_ignore_ascii_case("charset") || value.eq_ignore_ascii_case("utf-8")
}

const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&'static str], expected: bool) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_TYPE, HeaderValue::from_static(line));
        }
        assert_eq!(is_json(&headers), expected, "{lines:?}");
    }

    #[test]
    fn only_json_in_utf_8_is_json() {
        for good in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/problem+json",
            "application/vnd.api+json ; profile=x",
        ] {
            check(&[good], true);
        }
        for bad in [
            "",
            "text/json",
            "text/plain",
            "application/jsonp",
            "application/+json",
            "application/json, text/html",
            "application/json; charset=utf-16",
            "application/json; charset=latin1",
            "application/json; broken",
            "multipart/form-data; boundary=application/json",
        ] {
            check(&[bad], false);
        }
        check(&[], false);
        check(&["application/json", "application/json"], false);
    }
}
