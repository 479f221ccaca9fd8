use palisade_core::Scope;
use palisade_routes::{Routes, assert_lock, get, public};

async fn handler() {}

fn api() -> Routes {
    Routes::new()
        .route("/health", get(handler).public())
        .route("/models", get(handler).requires(Scope::from_static("read_models")))
        .nest("/v1", Routes::new().mount("/docs", public(), axum::Router::new()))
}

#[test]
fn routes_are_as_their_lock_says() {
    assert_lock!(api(), "tests/routes/security.lock");
}
