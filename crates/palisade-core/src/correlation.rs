//! What links a request to what others know of it.

use crate::{client_ip::ClientIp, facts::Facts, request_id::RequestId, trace_context::TraceContext};
use http::{HeaderMap, HeaderName, header};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

impl Facts {
    /// Where this request belongs in a trace, where somebody noted it.
    #[must_use]
    pub fn trace(&self) -> Option<TraceContext> {
        self.ledger().rare()?.trace.get().copied()
    }

    /// Takes request id and trace of these headers where they come from a trusted proxy of `client_ip` and are well formed; makes
    /// them anew otherwise. Whether the trace goes on, or is a new one.
    ///
    /// To be called once [`ClientIp`] has looked. What was asked for or noted before stays.
    pub fn correlate(&self, headers: &HeaderMap, client_ip: &ClientIp) -> bool {
        let peer = self.client().and_then(|client| client.peer);
        let trusted = peer.is_some_and(|peer| client_ip.trusts(peer.ip()));
        let headers = trusted.then_some(headers);
        if let Some(id) = headers.and_then(|headers| RequestId::parse(only(headers, &REQUEST_ID)?)) {
            self.ledger().request_id.call_once(|| id);
        }
        let sent = headers.and_then(|headers| TraceContext::parse(only(headers, &TRACEPARENT)?));
        let goes_on = sent.is_some();
        let ours = sent.map_or_else(TraceContext::random, |sent| sent.child());
        self.ledger().rare_or_new().trace.call_once(|| ours);
        goes_on
    }
}

/// The value of a header that occurs once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    let value: &header::HeaderValue = values.next()?;
    values.next().is_none().then(|| value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::Client,
        client_ip::{ProxyHeader, TrustedProxies},
        clock::Clock,
    };
    use http::HeaderValue;

    const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const ID: &str = "0194a3f1-7c2e-7abc-8def-0123456789ab";

    /// What becomes of these headers from this peer: whether id and trace were taken.
    fn check(peer: [u8; 4], lines: &[(&'static str, &str)], expected: (bool, bool)) {
        let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
        let client_ip = ClientIp::behind(proxies, ProxyHeader::XForwardedFor);
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        let facts = Facts::new(Clock::system());
        facts.note_client(|| Client { peer: Some((peer, 1).into()), ip: peer.into() });
        let goes_on = facts.correlate(&headers, &client_ip);
        let trace = facts.trace().unwrap();
        let same_trace = trace.trace_id() == *b"4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!((facts.request_id().to_string() == ID, same_trace), expected, "{lines:?}");
        assert_eq!(goes_on, same_trace);
        assert_ne!(trace.to_string(), SENT, "the place in the trace is our own");
        assert_eq!(trace.is_sampled(), same_trace);
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_nobody_else() {
        let both = [("x-request-id", ID), ("traceparent", SENT)];
        check([10, 0, 0, 1], &both, (true, true));
        check([192, 0, 2, 1], &both, (false, false));
        check([10, 0, 0, 1], &[("x-request-id", &ID.replace('-', ""))], (true, false));
        check([10, 0, 0, 1], &[("x-request-id", "<script>"), ("traceparent", "00-0-0-0")], (false, false));
        let twice =
            [("x-request-id", ID), ("x-request-id", ID), ("traceparent", SENT), ("traceparent", SENT)];
        check([10, 0, 0, 1], &twice, (false, false));
        check([10, 0, 0, 1], &[], (false, false));
    }

    #[test]
    fn without_trusted_proxies_everybody_is_a_stranger() {
        let facts = Facts::new(Clock::system());
        facts.note_client(|| Client { peer: Some(([10, 0, 0, 1], 1).into()), ip: [10, 0, 0, 1].into() });
        let headers = HeaderMap::from_iter([(TRACEPARENT, HeaderValue::from_static(SENT))]);
        assert!(!facts.correlate(&headers, &ClientIp::peer()));
    }
}
