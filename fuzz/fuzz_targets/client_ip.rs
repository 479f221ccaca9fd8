//! No forwarding header may panic, and what an untrusted peer sends changes nothing.
#![no_main]

use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use palisade_core::{ClientIp, Peer, ProxyHeader, TrustedProxies};

fuzz_target!(|data: &[u8]| {
    for (name, header) in [("x-forwarded-for", ProxyHeader::XForwardedFor), ("forwarded", ProxyHeader::Forwarded)] {
        let proxies = TrustedProxies::parse(["127.0.0.0/8", "10.0.0.0/8"]).expect("networks");
        let guard = ClientIp::behind(proxies, header);
        for peer in [[127, 0, 0, 1], [192, 0, 2, 1]] {
            let mut head = Request::new(()).into_parts().0;
            head.extensions.insert(Peer((peer, 1).into()));
            for line in data.split(|byte| *byte == b'\n').take(40) {
                if let Ok(value) = HeaderValue::from_bytes(line) {
                    head.headers.append(name, value);
                }
            }
            let client = guard.find(&head).expect("there is a peer");
            if peer == [192, 0, 2, 1] {
                assert_eq!(client.ip, std::net::IpAddr::from(peer));
            }
        }
    }
});
