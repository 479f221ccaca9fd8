//! Making keys over HTTP.

use crate::support::{App, BASE, DELETE, MANAGE, NOW, READ, WRITE, app};
use axum::body::Body;
use http::Request;
use palisade_apikey::Created;
use palisade_core::KeyEvent;
use serde_json::{Value, json};
use std::collections::HashSet;

async fn setup() -> (App, Created) {
    let app = app();
    let admin = app.key(&[READ, WRITE, MANAGE]).await;
    (app, admin)
}

async fn check(body: &Value, expected: u16) {
    let (app, admin) = setup().await;
    let answer = app.manage("POST", "", &admin, &body.to_string()).await;
    let shown: String = body.to_string().chars().take(200).collect();
    assert_eq!(answer.status, expected, "{shown}: {}", answer.text);
    if expected == 400 {
        let error = &answer.json()["error"];
        assert_eq!(error["code"], "VALIDATION_ERROR");
        assert!(error["details"][0]["pointer"].as_str().unwrap().starts_with('#'), "{error}");
        assert!(answer.text.len() < 4_000);
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(app.store.memory().len(), if expected == 201 { 2 } else { 1 });
}

#[tokio::test]
async fn the_documented_request_works() {
    let (app, admin) = setup().await;
    let body = r#"{"name":"frontend","permissions":["read_models","write_models"],"expires_in_days":90}"#;
    let answer = app.manage("POST", "", &admin, body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let made = answer.json();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(answer.header("location"), format!("{BASE}/{id}"));
    assert_eq!(answer.header("etag"), "\"v1\"");
    assert_eq!(made["name"], "frontend");
    assert_eq!(made["permissions"], json!(["read_models", "write_models"]));
    assert_eq!(
        (&made["created_at"], &made["expires_at"]),
        (&json!("2026-11-22T07:15:18Z"), &json!("2027-02-20T07:15:18Z"))
    );
    assert_eq!(NOW, 1_795_331_718);
    assert_eq!(made["owner"], format!("api_key:{}", admin.key.id()));
    assert_eq!(app.status(key).await, 200);
    let one = app.manage("GET", &format!("/{id}"), &admin, "").await;
    assert_eq!(one.json()["name"], "frontend");
}

#[tokio::test]
async fn a065_days_are_whole_and_bounded() {
    let body = |days: Value| json!({ "name": "a", "permissions": [], "expires_in_days": days });
    for days in [
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1.0),
        json!("90"),
        json!(366),
        json!(1e9),
        json!(1u64 << 63),
        json!([90]),
        json!(true),
    ] {
        check(&body(days), 400).await;
    }
    for days in [json!(null), json!(1), json!(365)] {
        check(&body(days), 201).await;
    }
    check(&json!({ "name": "a", "permissions": [] }), 201).await;
}

#[tokio::test]
async fn a066_permissions_are_known_words_each_once() {
    let body = |permissions: Value| json!({ "name": "a", "permissions": permissions });
    let many: Vec<String> = (0..10_000).map(|n| format!("p{n}")).collect();
    for permissions in [
        json!(["unknown"]),
        json!(["*"]),
        json!(["READ_MODELS"]),
        json!(["read_models", "read_models"]),
        json!(["read_models "]),
        json!([""]),
        json!([1]),
        json!("read_models"),
        json!({}),
        json!(null),
        json!(&many[..500]),
        json!(["read*"]),
    ] {
        check(&body(permissions), 400).await;
    }
    let (app, admin) = setup().await;
    let answer = app.manage("POST", "", &admin, &body(json!(["nope"])).to_string()).await;
    let detail = answer.json()["error"]["details"][0]["detail"].as_str().unwrap().to_owned();
    assert_eq!(
        detail,
        "unknown permission; there are: delete_models, manage_users, read_models, write_models"
    );
    assert!(!answer.text.contains("nope"));
    let answer = app.manage("POST", "", &admin, &body(json!(many)).to_string()).await;
    assert!(answer.status == 400 || answer.status == 413, "{answer:?}");
}

#[tokio::test]
async fn a067_nobody_grants_what_they_lack() {
    let (app, admin) = setup().await;
    for body in [
        json!({ "name": "a", "permissions": ["read_models", "delete_models"] }),
        json!({ "name": "a", "permissions": [], "roles": ["eraser"] }),
    ] {
        let answer = app.manage("POST", "", &admin, &body.to_string()).await;
        assert_eq!(answer.status, 403, "{body}");
        assert_eq!(answer.json()["error"]["code"], "PERMISSION_DENIED");
    }
    assert_eq!(app.store.memory().len(), 1);
    let by = format!("api_key:{}", admin.key.id()).into();
    assert!(app.told.all().contains(&KeyEvent::Refused { act: "create", by, reason: "escalation" }));
    let all = app.key(&[READ, DELETE, MANAGE]).await;
    let body = json!({ "name": "a", "permissions": [], "roles": ["eraser"] });
    assert_eq!(app.manage("POST", "", &all, &body.to_string()).await.status, 201);
}

#[tokio::test]
async fn a069_unknown_fields_are_refused() {
    for field in [
        "id",
        "hash",
        "owner",
        "is_admin",
        "created_at",
        "tenant",
        "plan",
        "digest",
        "revoked",
        "Name",
        "a/b~c",
    ] {
        check(&json!({ "name": "a", "permissions": [], field: "x" }), 400).await;
    }
    let (app, admin) = setup().await;
    for body in [
        r#"{"name":"a","name":"b","permissions":[]}"#,
        "[]",
        "null",
        "{",
        r#"{"name":"a","permissions":[]} x"#,
        "",
        r#"{"permissions":[]}"#,
        r#"{"name":"a"}"#,
        r#"{"name":"","permissions":[]}"#,
        r#"{"name":" a","permissions":[]}"#,
        r#"{"name":"a\u0000","permissions":[]}"#,
        r#"{"name":1,"permissions":[]}"#,
    ] {
        let request = Request::post(BASE)
            .header("x-api-key", admin.key.expose())
            .header("content-type", "application/json");
        let answer = app.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, 400, "{body}");
    }
    let all = app.manage("POST", "", &admin, r#"{"expires_in_days":0,"networks":["x"],"a":1}"#).await.json();
    let told: HashSet<_> = all["error"]["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["pointer"].as_str().unwrap().to_owned())
        .collect();
    let expected = ["#/name", "#/permissions", "#/expires_in_days", "#/networks/0", "#/a"];
    assert_eq!(told, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn bodies_say_that_they_are_json_and_are_short() {
    let (app, admin) = setup().await;
    let body = r#"{"name":"a","permissions":[]}"#;
    for (kind, expected) in [
        (Some("text/plain"), 415),
        (None, 415),
        (Some("application/jsonx"), 415),
        (Some("Application/JSON; charset=utf-8"), 201),
    ] {
        let mut request = Request::post(BASE).header("x-api-key", admin.key.expose());
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        assert_eq!(app.send(request.body(Body::from(body)).unwrap()).await.status, expected, "{kind:?}");
    }
    let long = json!({ "name": "a", "permissions": [], "metadata": { "a": "x".repeat(17_000) } }).to_string();
    assert_eq!(app.manage("POST", "", &admin, &long).await.status, 413);
    let long = json!({ "name": "a", "permissions": [], "metadata": { "a": "x".repeat(11_000) } });
    check(&long, 400).await;
    check(&json!({ "name": "a", "permissions": [], "metadata": { "a": "x".repeat(9_000) } }), 201).await;
    check(&json!({ "name": "a", "permissions": [], "networks": ["192.0.2.0/24", "2001:db8::/32"] }), 201)
        .await;
}

#[tokio::test]
async fn a070_the_key_is_told_once() {
    let (app, admin) = setup().await;
    let made = app.manage("POST", "", &admin, r#"{"name":"a","permissions":["read_models"]}"#).await;
    let (id, key) =
        (made.json()["id"].as_str().unwrap().to_owned(), made.json()["key"].as_str().unwrap().to_owned());
    let secret = &key[22..];
    assert_eq!(made.text.matches(secret).count(), 1);
    for path in ["", &format!("/{id}"), "?revoked=any"] {
        let answer = app.manage("GET", path, &admin, "").await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
        assert!(!answer.text.contains(secret) && !answer.text.contains("v1$"), "{path}");
        assert!(answer.text.contains(&format!("acme_live_…{}", &key[key.len() - 4..])));
    }
    assert!(!format!("{:?}", app.told.all()).contains(secret));
}

#[tokio::test]
async fn a078_a_hundred_at_once_are_a_hundred() {
    let (app, admin) = setup().await;
    let body = r#"{"name":"same","permissions":["read_models"]}"#;
    let making: Vec<_> = (0..100)
        .map(|_| {
            let (app, admin) = (app.clone(), admin.clone());
            tokio::spawn(async move { app.manage("POST", "", &admin, body).await })
        })
        .collect();
    let mut ids = HashSet::new();
    for one in making {
        let answer = one.await.unwrap();
        // More than may be under way at once are told to come back.
        assert!(answer.status == 201 || answer.status == 503, "{answer:?}");
        if answer.status == 201 {
            assert!(ids.insert(answer.json()["id"].as_str().unwrap().to_owned()));
        }
    }
    assert!(ids.len() >= 64, "{}", ids.len());
    assert_eq!(app.store.memory().len(), ids.len() + 1);
}

#[tokio::test]
async fn a_request_that_comes_twice_makes_one_key() {
    let (app, admin) = setup().await;
    let send = async |word: &str, body: &'static str| {
        let request = Request::post(BASE).header("x-api-key", admin.key.expose());
        let request = request.header("content-type", "application/json").header("idempotency-key", word);
        app.send(request.body(Body::from(body)).unwrap()).await
    };
    let body = r#"{"name":"a","permissions":[]}"#;
    let (first, again) = (send("one", body).await, send("one", body).await);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json(), again.json());
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(send("one", r#"{"name":"b","permissions":[]}"#).await.status, 409);
    assert_ne!(send("two", body).await.json()["id"], first.json()["id"]);
    assert_eq!(send(&"x".repeat(256), body).await.status, 400);
    assert_eq!(send("", body).await.status, 400);
    app.time.advance(std::time::Duration::from_secs(600));
    assert_ne!(send("one", body).await.json()["id"], first.json()["id"]);
    // A refusal keeps no word.
    assert_eq!(send("three", r#"{"name":"a","permissions":["x"]}"#).await.status, 400);
    assert_eq!(send("three", body).await.status, 201);
}
