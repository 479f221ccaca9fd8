//! What answers say to caches.

use crate::support::{READ, app};
use axum::body::Body;
use http::Request;

#[tokio::test]
async fn shared_caches_keep_answers_to_keys_apart() {
    let app = app();
    let key = app.key(&[READ]).await;
    let known = app.ask("GET", "/models", key.key.expose(), "").await;
    assert_eq!((known.header("vary"), known.header("cache-control")), ("x-api-key", "private"));
    let nobody = app.send(Request::get("/public").body(Body::empty()).unwrap()).await;
    assert_eq!((nobody.header("vary"), nobody.header("cache-control")), ("x-api-key", ""));
    let refused = app.ask("POST", "/models", key.key.expose(), "").await;
    assert_eq!((refused.status, refused.header("cache-control")), (403, "no-store"));
    // What the handler says of caching stays.
    let own = app.manage("GET", "/self", &key, "").await;
    assert_eq!(own.header("cache-control"), "no-store");
}
