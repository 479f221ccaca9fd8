//! Traces, and the names of requests.

use crate::support::{ID, ask, text};
use http::HeaderMap;
use palisade::{
    AccessLog, Auth, ClientIp, ProxyHeader, Stack, TrustedProxies,
    routes::{Routes, get},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

const SENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_trace_goes_through_headers_handler_response_and_log() {
    let out = Out::default();
    let routes = Routes::new().route(
        "/seen",
        get(async |headers: HeaderMap| {
            let value =
                |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
            format!("{} {}", value("traceparent"), value("tracestate"))
        })
        .public(),
    );
    let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
    let app = Stack::new(Auth::disabled())
        .client_ip(ClientIp::behind(proxies, ProxyHeader::XForwardedFor))
        .access_log(AccessLog::json(out.clone()).build().unwrap())
        .follow_traces()
        .protect(routes)
        .unwrap();
    let lines = [
        ("x-request-id", ID),
        ("traceparent", SENT),
        ("tracestate", "a=b"),
        ("x-forwarded-for", "192.0.2.9"),
    ];

    let trusted = ask(&app, [10, 0, 0, 1], "/seen", &lines).await;
    assert_eq!(trusted.headers()["x-request-id"], ID);
    let place = trusted.headers()["traceresponse"].to_str().unwrap().to_owned();
    assert!(
        place.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && place != SENT && place.ends_with("-01")
    );
    assert_eq!(text(trusted).await, format!("{place} a=b"));

    let stranger = ask(&app, [192, 0, 2, 9], "/seen", &lines).await;
    assert_ne!(stranger.headers()["x-request-id"], ID);
    let other = stranger.headers()["traceresponse"].to_str().unwrap().to_owned();
    assert!(!other.contains("4bf92f3577b34da6a3ce929d0e0e4736") && other.ends_with("-00"));
    assert_eq!(text(stranger).await, format!("{other} -"));

    drop(app);
    let log = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains(&format!("\"request_id\":\"{ID}\",\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"")),
        "{log}"
    );
    assert!(log.contains(&format!("\"trace_id\":\"{}\"", &other[3..35])), "{log}");
}
