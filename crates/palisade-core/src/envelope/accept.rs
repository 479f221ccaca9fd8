//! What form of refusal a request asks for.

use super::format::Format;
use crate::grpc::is_grpc;
use http::{
    HeaderMap, Method, Version,
    header::{ACCEPT, CONTENT_TYPE},
    request,
};

/// The form chosen for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Json,
    Problem,
    Dual,
    Grpc,
}

/// Chooses the form; nothing in `Accept` can make it fail, JSON is the answer to garbage.
///
/// gRPC answers every refusal with status 200, so it takes more than a header to get one: gRPC is `POST` over HTTP/2. A proxy
/// that asks us for permission over HTTP/1.1 and passes its client's headers on must not read a 200.
#[inline]
pub(super) fn wanted(format: Format, head: &request::Parts) -> Wanted {
    let headers = &head.headers;
    if head.version >= Version::HTTP_2
        && head.method == Method::POST
        && headers.get(CONTENT_TYPE).is_some_and(is_grpc)
    {
        return Wanted::Grpc;
    }
    match format {
        Format::Json => Wanted::Json,
        Format::Problem => Wanted::Problem,
        Format::Dual => Wanted::Dual,
        Format::Negotiated => negotiated(headers),
    }
}

fn negotiated(headers: &HeaderMap) -> Wanted {
    let mut problem = None;
    let mut json = None;
    let mut any = None;
    for line in headers.get_all(ACCEPT) {
        // Most clients never say the word; nothing is parsed for them.
        if memmem(line.as_bytes(), b"problem+json") {
            for (range, q) in ranges(line.as_bytes()) {
                let best = match () {
                    () if range.eq_ignore_ascii_case(b"application/problem+json") => &mut problem,
                    () if range.eq_ignore_ascii_case(b"application/json") => &mut json,
                    () if range == b"application/*" || range == b"*/*" => &mut any,
                    () => continue,
                };
                *best = Some(best.unwrap_or(0).max(q));
            }
        } else if memmem(line.as_bytes(), b"json") {
            for (_, q) in
                ranges(line.as_bytes()).filter(|(range, _)| range.eq_ignore_ascii_case(b"application/json"))
            {
                json = Some(json.unwrap_or(0).max(q));
            }
        }
    }
    let Some(problem) = problem.filter(|q| *q > 0) else { return Wanted::Json };
    // Of equals the specific name that the client took the trouble to write wins: nobody lists problem+json by accident.
    if problem >= json.or(any).unwrap_or(0) { Wanted::Problem } else { Wanted::Json }
}

/// Media ranges with their weights in thousandths (RFC 9110 §12.4.2); what cannot be read weighs nothing.
fn ranges(line: &[u8]) -> impl Iterator<Item = (&[u8], u16)> {
    line.split(|byte| *byte == b',').take(32).map(|item| {
        let mut parts = item.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let range = parts.next().unwrap_or_default();
        let q = parts.find_map(|part| part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q=")));
        (range, q.map_or(1000, weight))
    })
}

fn weight(q: &[u8]) -> u16 {
    let (whole, fraction) = match q {
        [b'1'] => return 1000,
        [b'1', b'.', zeros @ ..] if zeros.len() <= 3 && zeros.iter().all(|b| *b == b'0') => return 1000,
        [b'0'] => return 0,
        [b'0', b'.', fraction @ ..] => (0, fraction),
        _ => return 0,
    };
    if fraction.len() > 3 || !fraction.iter().all(u8::is_ascii_digit) {
        return 0;
    }
    let digit = |at: usize| fraction.get(at).map_or(0, |byte| u16::from(byte - b'0'));
    whole + digit(0) * 100 + digit(1) * 10 + digit(2)
}

fn memmem(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderValue, Request};

    fn check(accept: &[&str], expected: Wanted) {
        let mut head = Request::new(()).into_parts().0;
        for line in accept {
            head.headers.append(ACCEPT, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        assert_eq!(wanted(Format::Negotiated, &head), expected, "{accept:?}");
    }

    #[test]
    fn accept_decides_by_weight() {
        check(&[], Wanted::Json);
        check(&["application/problem+json"], Wanted::Problem);
        check(&["application/json, application/problem+json"], Wanted::Problem);
        check(&["application/json", "application/problem+json;q=0.9"], Wanted::Json);
        check(&["application/json;q=0.5, application/problem+json;q=0.501"], Wanted::Problem);
        check(&["application/problem+json;q=0"], Wanted::Json);
        check(&["application/problem+json;q=0.5, */*"], Wanted::Json);
        check(&["application/problem+json, */*;q=0.1"], Wanted::Problem);
    }

    #[test]
    fn a271_what_cannot_be_read_is_json() {
        for accept in ["text/html", "*/*;q=0", ";;;,,,", "application/problem+json;q=banana", "\u{e9}\u{e9}"]
        {
            check(&[accept], Wanted::Json);
        }
        check(&[&"application/problem+json;q=0,".repeat(1_000)], Wanted::Json);
    }

    #[test]
    fn grpc_is_a_post_over_http_2_of_its_content_type() {
        let grpc = |method: Method, version, kind: &'static str| {
            let mut head = Request::new(()).into_parts().0;
            (head.method, head.version) = (method, version);
            head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            wanted(Format::Json, &head) == Wanted::Grpc
        };
        for kind in ["application/grpc", "application/grpc+proto", "application/grpc;x=y"] {
            assert!(grpc(Method::POST, Version::HTTP_2, kind));
            assert!(!grpc(Method::GET, Version::HTTP_2, kind));
            assert!(!grpc(Method::POST, Version::HTTP_11, kind));
        }
        for kind in ["application/grpc-web", "application/grpc x", "application/json"] {
            assert!(!grpc(Method::POST, Version::HTTP_2, kind));
        }
    }
}
