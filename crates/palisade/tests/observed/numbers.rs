//! What is counted.

use crate::support::{TOKEN, ask, text, tokens};
use http::StatusCode;
use palisade::Stack;

#[tokio::test]
async fn numbers_are_for_who_may_read_them() {
    let routes = palisade::metrics_route(|| String::from("up 1\n"));
    let app = Stack::new(tokens([palisade::READ_METRICS]))
        .metrics(palisade::observe::Metrics::new())
        .protect(routes)
        .unwrap();
    assert_eq!(ask(&app, [192, 0, 2, 9], "/metrics", &[]).await.status(), StatusCode::UNAUTHORIZED);
    let right = format!("Bearer {TOKEN}");
    let answer = ask(&app, [192, 0, 2, 9], "/metrics", &[("authorization", &right)]).await;
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(text(answer).await, "up 1\n");
}
