//! What accounts of requests tell of people.

#![cfg(feature = "observe")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use axum::body::Body;
use http::Request;
use palisade::{
    Auth, Peer, RequestId, Scope, Stack, StaticToken, StaticTokens,
    observe::Explain,
    routes::{Routes, get},
};
use tower::ServiceExt as _;

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

/// The account of a request that is refused for what its caller may.
async fn account(explain: Explain) -> String {
    let token = StaticToken::named("ada@example.org").value(TOKEN);
    let routes = Routes::new().route("/", get(async || "ok").requires(Scope::from_static("read")));
    let app = Stack::new(Auth::with(StaticTokens::new([token]).unwrap())).explain(&explain).protect(routes);
    let request = Request::get("/").header("authorization", format!("Bearer {TOKEN}"));
    let request = request.extension(Peer(([192, 0, 2, 7], 40_000).into())).body(Body::empty()).unwrap();
    let answer = app.unwrap().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 403);
    let id = RequestId::parse(answer.headers()["x-request-id"].as_bytes()).unwrap();
    String::from_utf8(explain.find(id).unwrap().into_vec()).unwrap()
}

#[tokio::test]
async fn a284_an_account_masks_mail_addresses() {
    let told = account(Explain::new()).await;
    assert!(told.contains("a***@example.org") && !told.contains("ada@"), "{told}");
}

#[tokio::test]
async fn a284_an_account_tells_the_network_alone_where_it_is_wished() {
    let told = account(Explain::new()).await;
    assert!(told.contains("192.0.2.7"), "{told}");
    let told = account(Explain::new().shorten_addresses()).await;
    assert!(told.contains("192.0.2.0") && !told.contains("192.0.2.7"), "{told}");
}
