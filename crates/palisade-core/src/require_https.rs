//! Nothing in the clear.

use crate::{
    client_ip::ClientIp,
    denial::{Denial, DenialKind},
    facts::Facts,
    guard::Guard,
    reply::Reply,
    tls::Tls,
};
use http::{HeaderMap, HeaderName, header::AUTHORIZATION, request};
use std::sync::Arc;

/// Refuses (403) requests that did not come over TLS: their answers, and credentials in them, can be read by whoever is on the way.
///
/// A request came over TLS where this process ended it ([`Tls`]), or where a trusted proxy of `client_ip` says so in
/// `X-Forwarded-Proto: https`, one line of one word. Nobody else is believed, whatever the request's own scheme says.
///
/// A credential that came in the clear is told apart (`credential_in_clear`): it has to be taken for known to others. Nothing is redirected,
/// because a client that follows sends it in the clear every time.
///
/// Put it behind [`ClientIp`], and tell the proxy to overwrite the header.
///
/// ```
/// use palisade_core::{ClientIp, ProxyHeader, RequireHttps, TrustedProxies, gate};
///
/// let client_ip = ClientIp::behind(TrustedProxies::parse(["10.0.0.0/8"])?, ProxyHeader::XForwardedFor);
/// let https = RequireHttps::new(&client_ip);
/// # use palisade_core::Guard as _;
/// let layer = gate(client_ip.then(https));
/// # let _ = layer;
/// # Ok::<(), palisade_core::TrustedProxyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RequireHttps {
    client_ip: ClientIp,
    credentials: Arc<[HeaderName]>,
}

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

impl RequireHttps {
    /// Believes proxies that `client_ip` trusts, and looks for credentials in `Authorization`.
    #[must_use]
    pub fn new(client_ip: &ClientIp) -> Self {
        Self { client_ip: client_ip.clone(), credentials: Arc::new([AUTHORIZATION]) }
    }

    /// Looks for credentials in these headers instead.
    #[must_use]
    pub fn credentials_in(mut self, places: impl IntoIterator<Item = HeaderName>) -> Self {
        self.credentials = places.into_iter().collect();
        self
    }

    /// Whether nobody on the way can read it.
    fn is_private(&self, head: &request::Parts, facts: &Facts) -> bool {
        if head.extensions.get::<Tls>().is_some() {
            return true;
        }
        let peer = facts.client().and_then(|client| client.peer);
        peer.is_some_and(|peer| self.client_ip.trusts(peer.ip())) && is_forwarded_https(&head.headers)
    }
}

fn is_forwarded_https(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(FORWARDED_PROTO).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return false };
    line.as_bytes().trim_ascii().eq_ignore_ascii_case(b"https")
}

impl Guard for RequireHttps {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        if self.is_private(head, facts) {
            return Reply::now(Ok(()));
        }
        let exposed = self.credentials.iter().any(|place| head.headers.contains_key(place));
        let denial = Denial::new(DenialKind::Forbidden);
        Reply::now(Err(if exposed {
            let message = "HTTPS is required, and the credential that came without it must be replaced";
            denial.because("credential_in_clear").with_message(message)
        } else {
            denial.because("https_required").with_message("HTTPS is required")
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::Client,
        client_ip::{ProxyHeader, TrustedProxies},
        clock::Clock,
        tls::TlsVersion,
    };
    use http::Request;

    /// Why a request from this peer with these headers is refused, if it is.
    fn check(peer: [u8; 4], lines: &[(&str, &str)], tls: bool, expected: Option<&str>) {
        let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
        let client_ip = ClientIp::behind(proxies, ProxyHeader::XForwardedFor);
        // A scheme that the client wrote itself proves nothing.
        let mut request = Request::builder().uri("https://api.example.com/");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        if tls {
            head.extensions.insert(Tls(TlsVersion::V1_3));
        }
        let facts = Facts::new(Clock::system());
        facts.note_client(|| Client { peer: Some((peer, 1).into()), ip: peer.into() });
        let verdict = RequireHttps::new(&client_ip).check(&head, &facts).try_now().unwrap();
        let refused = verdict.err();
        assert_eq!(refused.as_ref().map(Denial::reason), expected, "{peer:?} {lines:?} {tls}");
        assert!(refused.is_none_or(|denial| denial.kind() == DenialKind::Forbidden));
    }

    #[test]
    fn only_tls_of_our_own_and_words_of_trusted_proxies_count() {
        const PROXY: [u8; 4] = [10, 0, 0, 1];
        const STRANGER: [u8; 4] = [192, 0, 2, 1];
        let https = ("x-forwarded-proto", "https");
        check(STRANGER, &[], true, None);
        check(STRANGER, &[], false, Some("https_required"));
        check(STRANGER, &[https], false, Some("https_required"));
        check(PROXY, &[https], false, None);
        check(PROXY, &[("x-forwarded-proto", "HTTPS")], false, None);
        check(PROXY, &[], false, Some("https_required"));
        check(PROXY, &[("x-forwarded-proto", "http")], false, Some("https_required"));
        check(PROXY, &[https, ("x-forwarded-proto", "http")], false, Some("https_required"));
        check(PROXY, &[("x-forwarded-proto", "https, http")], false, Some("https_required"));
        check(PROXY, &[("x-forwarded-proto", "https,https")], false, Some("https_required"));
    }

    #[test]
    fn a_credential_in_the_clear_is_told_apart() {
        check([192, 0, 2, 1], &[("authorization", "Bearer x")], false, Some("credential_in_clear"));
        check([192, 0, 2, 1], &[("authorization", "Bearer x")], true, None);
    }
}
