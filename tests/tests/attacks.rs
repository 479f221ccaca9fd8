//! The attack catalogue against the whole stack, over sockets.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use palisade::{By, ClientIp, ProxyHeader, RateLimit, TrustedProxies};
use palisade_testing::{Profile, Target, catalogue, run};
use std::sync::{Arc, Mutex};
use tests::server::{BODY_LIMIT, CANARY, POOR, Server, TOKEN, stack};

/// A burst of ten that hardly refills while a case runs.
const LIMIT: &str = "10/10 seconds burst 10";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_that_concerns_what_exists() {
    // Servers live until the end of the run.
    let servers: Arc<Mutex<Vec<Server>>> = Arc::default();
    let keep = servers.clone();
    let report = run(&catalogue::all(), move |profile| {
        let keep = keep.clone();
        async move {
            let limit = RateLimit::new("address", LIMIT, By::client()).unwrap();
            let trusting = || {
                let proxies = TrustedProxies::parse(["127.0.0.1/32", "10.0.0.0/8"]).unwrap();
                ClientIp::behind(proxies, ProxyHeader::XForwardedFor)
            };
            let server = match profile {
                Profile::Limited => Server::start(stack().address_limit(limit)).await,
                Profile::TrustedProxy => {
                    Server::start(stack().address_limit(limit).client_ip(trusting())).await
                }
                _ => Server::start(stack()).await,
            };
            let handled = server.handled.clone();
            let target = Target::new(server.addr, "/v1/models")
                .protected_post("/v1/models")
                .public("/healthz")
                .public_wildcard("/public/")
                .stream("/v1/stream")
                .panic("/v1/panic", CANARY)
                .token(TOKEN)
                .weak_token(POOR)
                .header_limit(16 * 1024)
                .body_limit(BODY_LIMIT)
                .handler_count(move || handled.count());
            keep.lock().unwrap().push(server);
            match profile {
                Profile::Limited => target.address_burst(10),
                Profile::TrustedProxy => target.address_burst(10).trusted_proxy(),
                _ => target,
            }
        }
    })
    .await;
    println!("{report}");
    report.assert_clean();
    drop(servers);
}
