//! Whatever is sent is answered, and nothing of it is a fault of ours.

use crate::support::{App, BASE, MANAGE, READ, app};
use axum::body::Body;
use http::Request;
use palisade_apikey::{Created, Cursor, KeyDigest, KeyRecord, KeyStore as _};
use proptest::{collection::vec, prelude::*};
use serde_json::{Value, json};
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// One service for all cases: what was sent before is no excuse.
static SERVICE: LazyLock<(Runtime, App, Created)> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let app = app();
    let admin = runtime.block_on(app.key(&[READ, MANAGE]));
    (runtime, app, admin)
});

fn send(method: &str, path: &str, body: String) -> (u16, String) {
    let (runtime, app, admin) = &*SERVICE;
    let request = Request::builder().method(method).uri(path).header("x-api-key", admin.key.expose());
    let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
    let answer = runtime.block_on(app.send(request));
    (answer.status, answer.text)
}

/// Values of every kind, often of the right one.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        Just(json!("read_models")),
        Just(json!(90)),
        Just(json!(["read_models"])),
        Just(json!(["192.0.2.0/24"])),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(".{0,8}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known = [
        "name",
        "permissions",
        "roles",
        "networks",
        "expires_in_days",
        "metadata",
        "disabled",
        "reason",
        "owner",
        "grace_seconds",
        "created_before",
        "unused_since",
        "lineage",
    ];
    prop_oneof![9 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => ".{0,12}"]
}

proptest! {
    #[test]
    fn bodies(members in proptest::collection::hash_map(name(), value(), 0..6), which in 0usize..4) {
        let (_, _, admin) = &*SERVICE;
        let body: Value = members.into_iter().collect();
        let (method, path) = [
            ("POST", BASE.to_owned()),
            // A revoked administrator would end the other cases, so another id.
            ("PATCH", format!("{BASE}/aaaaaaaaaaaa")),
            ("POST", format!("{BASE}/aaaaaaaaaaaa/rotate")),
            ("DELETE", format!("{BASE}/aaaaaaaaaaaa")),
        ][which].clone();
        let (status, text) = send(method, &path, body.to_string());
        prop_assert!([201, 400, 403, 404].contains(&status), "{method} {path} {body}: {status} {text}");
        prop_assert!(text.len() < 20_000 && !text.contains(admin.key.expose()));
    }

    #[test]
    fn texts(body in ".{0,200}") {
        let (status, text) = send("POST", BASE, body);
        prop_assert!(status == 400, "{status} {text}");
    }

    #[test]
    fn ids_and_queries(id in "[a-zA-Z0-9%._~-]{1,30}", query in "[a-z_]{0,10}=[a-zA-Z0-9%+:-]{0,20}") {
        for path in [format!("{BASE}/{id}"), format!("{BASE}?{query}")] {
            let (status, text) = send("GET", &path, String::new());
            prop_assert!([200, 400, 404].contains(&status), "{path}: {status} {text}");
        }
    }

    #[test]
    fn stored_texts(text in ".{0,80}", hex in "[0-9a-f]{64}", version in 1u16..) {
        let _ = text.parse::<Cursor>();
        let _ = text.parse::<KeyDigest>();
        let digest = format!("v{version}${hex}");
        prop_assert_eq!(digest.parse::<KeyDigest>().unwrap().to_string(), digest);
    }

    #[test]
    fn stored_documents(member in 0usize..24, with in value()) {
        let (runtime, app, admin) = &*SERVICE;
        let record = runtime.block_on(app.store.memory().get(&admin.key.id())).unwrap().unwrap();
        let mut document = record.to_document();
        let name = document.as_object().unwrap().keys().nth(member).unwrap().clone();
        document[&name] = with;
        if let Ok(read) = KeyRecord::from_document(document) {
            prop_assert_eq!(KeyRecord::from_document(read.to_document()), Ok(read));
        }
    }
}
