//! The management API stays shut where a service is open.

use crate::support::{BASE, MANAGE, READ, app};
use axum::{Router, body::Body};
use http::Request;
use palisade_apikey::{ApiKeys, Caller, Created, Keyring, MemoryStore, NewKey};
use palisade_core::{Authenticate, gate};
use palisade_routes::Routes;
use std::sync::Arc;
use tower::ServiceExt as _;

const BODY: &str = r#"{"name":"a","permissions":["read_models"]}"#;

async fn setup() -> (Arc<MemoryStore>, ApiKeys, Keyring, Created) {
    let store = Arc::new(MemoryStore::new());
    let keys = ApiKeys::new(crate::support::format(), crate::support::peppers(), store.clone());
    let keyring = Keyring::new(&keys, [READ, MANAGE], MANAGE);
    let mut new = NewKey::named("reader".parse().unwrap());
    new.permissions = [READ].into_iter().collect();
    let key = keyring.create(&Caller::operator("test"), new).await.unwrap();
    (store, keys, keyring, key)
}

async fn check(router: &Router, key: Option<&Created>, expected: u16) {
    let mut request = Request::post(BASE).header("content-type", "application/json");
    if let Some(key) = key {
        request = request.header("x-api-key", key.key.expose());
    }
    let response = router.clone().oneshot(request.body(Body::from(BODY)).unwrap()).await.unwrap();
    assert_eq!(response.status(), expected);
}

#[tokio::test]
async fn where_gates_and_routes_only_report() {
    let (store, keys, keyring, key) = setup().await;
    let routes: Routes = Routes::new().nest(BASE, keyring.routes());
    let layer = gate(Authenticate::with(keys).identify()).report_everything();
    let router = routes.into_router().unwrap().layer(layer);
    check(&router, None, 401).await;
    check(&router, Some(&key), 403).await;
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn where_authentication_is_disabled_or_missing() {
    let (store, _, keyring, key) = setup().await;
    let routes = || -> Routes { Routes::new().nest(BASE, keyring.routes()) };
    let open = routes().into_router().unwrap().layer(gate(Authenticate::disabled()));
    let bare = routes().into_router().unwrap();
    for router in [open, bare] {
        check(&router, None, 500).await;
        check(&router, Some(&key), 500).await;
    }
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn what_the_routes_demand_is_told_in_their_table() {
    let table = app().keyring.routes().to_string();
    assert!(!table.contains("public") && !table.contains("optional"), "{table}");
    assert_eq!(table.matches("requires manage_users").count(), 7, "{table}");
    assert_eq!(table.matches("authenticated").count(), 1, "{table}");
}
