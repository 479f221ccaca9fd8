//! Attacks on the service, with a token of a login.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;
mod still;

use palisade::{ClientIp, Clock};
use palisade_testing::attacks::Attacks;
use reliability::{client::Upstream, exchange::Exchange, server::watched};
use std::{sync::Arc, time::Duration};

#[tokio::test]
async fn the_service_holds() {
    let accounts = still::accounts(Clock::system());
    let token = still::token(&accounts).await;
    let nowhere = Upstream::parse("http://127.0.0.1:1").unwrap();
    let exchange = Arc::new(Exchange::new(nowhere, Duration::from_secs(5), Clock::system()).unwrap());
    let report = Attacks::on(move |probe| {
        watched(&exchange, &accounts, None, ClientIp::peer(), Clock::system(), |routes| probe.watch(routes))
            .unwrap()
    })
    .token(token)
    .spare("/logout")
    .spare("/logout/everywhere")
    .spare("/password")
    .json(http::Method::POST, "/debug/summarize-errors", serde_json::json!({ "lines": ["a b c"], "top": 10 }))
    .run()
    .await;
    println!("{report}");
    report.assert_held();
}
