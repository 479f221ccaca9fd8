//! Whom a request is for (RFC 9112 §3.2, RFC 9113 §8.3.1).

use http::{HeaderMap, Request, Uri, Version, header::HOST, request};
use palisade_core::{Denial, DenialKind, Facts, Guard, Reply};

/// Refuses (400) requests that do not say once whom they are for: `Host` twice, one that is no authority or none at all, another one
/// than HTTP/2's `:authority`; a target that names somebody before the host; and over HTTP/1.1 those that leave `Host` out.
///
/// The last is told of requests that came over a connection, by [`mark`]: what is made within a process needs no `Host`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SaysHost;

/// In the extensions of requests that leave out what must be there.
#[derive(Clone, Copy, Debug)]
struct NoHost;

/// Tells the guard of a request, as it came over a connection, that it leaves out whom it is for.
#[inline]
pub(crate) fn mark<B>(request: &mut Request<B>) {
    let is_told = match request.version() {
        Version::HTTP_11 => request.headers().contains_key(HOST),
        // RFC 9110 §7.2: one of both must be there.
        version if version > Version::HTTP_11 => {
            request.uri().authority().is_some() || request.headers().contains_key(HOST)
        }
        _ => true,
    };
    if !is_told {
        request.extensions_mut().insert(NoHost);
    }
}

impl Guard for SaysHost {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
        let fault = match lines(&head.headers) {
            _ if names_user(&head.uri) => Some("host_invalid"),
            (None, _) => head.extensions.get::<NoHost>().map(|_| "host_missing"),
            (Some(_), true) => Some("host_repeated"),
            (Some(host), false) if !is_authority(host) => Some("host_invalid"),
            (Some(host), false) if contradicts(head.version, &head.uri, host) => Some("host_ambiguous"),
            (Some(_), false) => None,
        };
        Reply::now(match fault {
            None => Ok(()),
            Some(reason) => Err(Denial::new(DenialKind::Invalid).because(reason)),
        })
    }
}

/// The first line, and whether there is another.
#[inline]
fn lines(headers: &HeaderMap) -> (Option<&[u8]>, bool) {
    let mut lines = headers.get_all(HOST).iter();
    (lines.next().map(|line| line.as_bytes()), lines.next().is_some())
}

/// Whether HTTP/2 says something else (RFC 9113 §8.3.1). Over HTTP/1.1 the target wins where it names an authority (RFC 9112
/// §3.2.2).
fn contradicts(version: Version, uri: &Uri, host: &[u8]) -> bool {
    let authority = uri.authority().filter(|_| version > Version::HTTP_11);
    authority.is_some_and(|authority| !authority.as_str().as_bytes().eq_ignore_ascii_case(host))
}

/// Whether the target says who asks: `http://name@host/` hides which host is meant, and nobody may send it (RFC 9110 §4.2.4, RFC 9113
/// §8.3.1).
#[inline]
fn names_user(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
}

/// `uri-host [ ":" port ]` (RFC 9110 §7.2), and not empty: no resource of http has an empty host (RFC 9110 §4.2.1).
fn is_authority(host: &[u8]) -> bool {
    let (name, port) = match host.split_first() {
        Some((b'[', rest)) => match rest.iter().position(|byte| *byte == b']') {
            Some(end) => {
                let (name, rest) = rest.split_at(end);
                let is_address =
                    std::str::from_utf8(name).is_ok_and(|name| name.parse::<std::net::Ipv6Addr>().is_ok());
                (is_address, rest.get(1..).unwrap_or_default())
            }
            None => return false,
        },
        _ => {
            let (name, rest) =
                host.split_at(host.iter().position(|byte| !is_name(*byte)).unwrap_or(host.len()));
            (!name.is_empty(), rest)
        }
    };
    name && match port.split_first() {
        None => true,
        Some((b':', digits)) => digits.len() <= 5 && digits.iter().all(u8::is_ascii_digit),
        Some(_) => false,
    }
}

/// What a name is made of (RFC 3986 §3.2.2); whether escapes are whole nobody asks.
#[inline]
fn is_name(byte: u8) -> bool {
    NAME.get(usize::from(byte)).is_some_and(|is| *is)
}

const NAME: [bool; 256] = {
    let mut name = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        name[byte] = matches!(
            byte as u8,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&' | b'\'' | b'('..=b',' | b';' | b'='
        );
        byte += 1;
    }
    name
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities() {
        for host in [
            "x",
            "api.example.org",
            "API.example.org:8443",
            "192.0.2.1",
            "192.0.2.1:80",
            "[::1]",
            "[2001:db8::1]:443",
            "x:",
            "a_b",
            "xn--bcher-kva.example",
            "localhost.",
        ] {
            assert!(is_authority(host.as_bytes()), "{host}");
        }
        for host in [
            "",
            ":80",
            "a@x",
            "x/y",
            "http://x",
            "x:80:80",
            "x:y",
            "x:123456",
            "[::1",
            "[x]",
            "[::1]x",
            "[]",
            "::1",
            "a b",
            "x\t",
            "x?y",
            "x#y",
            "[::1%25eth0]",
            "\u{fc}",
        ] {
            assert!(!is_authority(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn a_target_that_names_a_user_is_refused() {
        let check = |version, uri: &str, host: Option<&str>, expected: Option<&str>| {
            let request = Request::builder().version(version).uri(uri);
            let request = host.into_iter().fold(request, |request, host| request.header(HOST, host));
            let (head, ()) = request.body(()).unwrap().into_parts();
            let facts = Facts::new(palisade_core::Clock::system());
            let reply = SaysHost.check(&head, &facts).try_now().unwrap();
            assert_eq!(reply.err().map(|denial| denial.reason().to_owned()).as_deref(), expected, "{uri}");
        };
        for version in [Version::HTTP_11, Version::HTTP_2] {
            check(version, "http://x/", Some("x"), None);
            check(version, "http://bank.example@x/", Some("x"), Some("host_invalid"));
            check(version, "http://a:b@x/", None, Some("host_invalid"));
            check(version, "/@x", Some("x"), None);
        }
    }

    #[test]
    fn what_leaves_it_out_is_marked() {
        let check = |version, uri: &str, host: bool, expected: bool| {
            let mut request = Request::builder().version(version).uri(uri);
            if host {
                request = request.header(HOST, "x");
            }
            let mut request = request.body(()).unwrap();
            mark(&mut request);
            assert_eq!(request.extensions().get::<NoHost>().is_some(), expected, "{version:?} {uri} {host}");
        };
        check(Version::HTTP_10, "/", false, false);
        check(Version::HTTP_11, "/", true, false);
        check(Version::HTTP_11, "/", false, true);
        check(Version::HTTP_11, "http://x/", false, true);
        check(Version::HTTP_2, "http://x/", false, false);
        check(Version::HTTP_2, "/", true, false);
        check(Version::HTTP_2, "/", false, true);
    }
}
