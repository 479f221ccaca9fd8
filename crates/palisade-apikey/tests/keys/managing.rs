//! Listing, reading, changing and revoking over HTTP.

use crate::support::{BASE, MANAGE, READ, WRITE, app, new_key, operator, with};
use axum::body::Body;
use http::Request;
use palisade_apikey::Caller;
use palisade_core::{KeyEvent, Principal, Scope};
use serde_json::json;

#[tokio::test]
async fn a072_delete_twice_and_ids_that_are_none() {
    let app = app();
    let (admin, key) = (app.key(&[MANAGE]).await, app.key(&[READ]).await);
    let path = format!("/{}", key.key.id());
    assert_eq!(app.status(key.key.expose()).await, 200);
    let answer = app.manage("DELETE", &path, &admin, r#"{"reason":"left the company"}"#).await;
    assert_eq!((answer.status, &*answer.text, answer.header("cache-control")), (204, "", "no-store"));
    assert_eq!(app.status(key.key.expose()).await, 401);
    for method in ["DELETE", "GET"] {
        assert_eq!(app.manage(method, &path, &admin, "").await.status, 404);
    }
    assert_eq!(app.manage("PATCH", &path, &admin, "{}").await.status, 404);
    assert_eq!(app.manage("POST", &format!("{path}/rotate"), &admin, "").await.status, 404);
    let by: Box<str> = format!("api_key:{}", admin.key.id()).into();
    let told = KeyEvent::Revoked {
        id: key.key.id().as_str().into(),
        by: by.clone(),
        reason: Some("left the company".into()),
    };
    assert!(app.told.all().contains(&told));
    let listed = app.manage("GET", "?revoked=true", &admin, "").await.json();
    assert_eq!(listed["api_keys"][0]["revoked_by"], *by);
    assert_eq!(listed["api_keys"][0]["revoked_reason"], "left the company");
    let long = format!("/{}", "a".repeat(10_240));
    for path in
        ["/%2e%2e", "/", "/x", "/%ff%fe", "/aaaaaaaaaaaa", "/aaaaaaaaaaa%20", "/a%2Fb", "/%E5%BC%80", &long]
    {
        let answer = app.manage("DELETE", path, &admin, "").await;
        assert!([400, 404, 405].contains(&answer.status), "{path}: {answer:?}");
    }
    assert_eq!(app.status(key.key.expose()).await, 401);
}

#[tokio::test]
async fn a074_a_key_may_revoke_itself() {
    let app = app();
    let (_other, admin) = (app.key(&[MANAGE]).await, app.key(&[MANAGE]).await);
    let path = format!("/{}", admin.key.id());
    assert_eq!(app.manage("DELETE", &path, &admin, "").await.status, 204);
    assert_eq!(app.manage("DELETE", &path, &admin, "").await.status, 401);
}

fn of(tenant: &str, scopes: &[Scope]) -> Caller {
    let scopes = scopes.iter().cloned().collect();
    Caller::of(&Principal::new("jwt", "root").with_scopes(scopes).with_tenant(tenant))
}

#[tokio::test]
async fn a071_other_tenants_keys_are_not_there() {
    let app = app();
    let (blue, red) = (of("blue", &[READ, MANAGE]), of("red", &[READ, MANAGE]));
    let admin = app.keyring.create(&blue, new_key(&[MANAGE])).await.unwrap();
    let theirs = app.keyring.create(&red, new_key(&[READ])).await.unwrap();
    let nobodys = app.key(&[READ]).await;
    assert_eq!(theirs.record.tenant.as_ref().unwrap().as_str(), "red");
    let path = |id: &str| format!("/{id}");
    for (method, tail, body) in
        [("GET", "", ""), ("DELETE", "", ""), ("PATCH", "", r#"{"disabled":true}"#), ("POST", "/rotate", "")]
    {
        let unknown = app.manage(method, &format!("/aaaaaaaaaaaa{tail}"), &admin, body).await;
        assert_eq!(unknown.status, 404);
        for id in [theirs.key.id(), nobodys.key.id()] {
            let answer = app.manage(method, &format!("{}{tail}", path(id.as_str())), &admin, body).await;
            assert_eq!((answer.status, &answer.text), (404, &unknown.text), "{method}");
        }
    }
    let listed = app.manage("GET", "?revoked=any", &admin, "").await.json();
    let ids: Vec<_> = listed["api_keys"].as_array().unwrap().iter().map(|key| key["id"].clone()).collect();
    assert_eq!(ids, [admin.key.id().as_str()]);
    assert_eq!(app.status(theirs.key.expose()).await, 200);
    // A tenant's administrator makes keys of that tenant alone, whatever they say in the program.
    let mut new = new_key(&[READ]);
    new.tenant = Some("red".parse().unwrap());
    assert!(app.keyring.create(&blue, new.clone()).await.is_err());
    let all = with(|keys| keys, |keyring| keyring.across_tenants(WRITE));
    let across = of("blue", &[READ, WRITE, MANAGE]);
    let made = all.keyring.create(&across, new.clone()).await.unwrap();
    assert_eq!(made.record.tenant.as_ref().unwrap().as_str(), "red");
    assert!(all.keyring.get(&across, &made.key.id()).await.is_ok());
    assert!(all.keyring.get(&of("blue", &[MANAGE]), &made.key.id()).await.is_err());
}

#[tokio::test]
async fn a079_lists_are_paged_and_bounded() {
    let app = app();
    let admin = app.key(&[MANAGE]).await;
    for _ in 0..120 {
        app.key(&[READ]).await;
    }
    for query in [
        "?limit=-1",
        "?limit=1e9",
        "?limit=0",
        "?limit=101",
        "?cursor=x",
        "?cursor=%00",
        "?nonsense=1",
        "?limit=1&limit=1",
    ] {
        let answer = app.manage("GET", query, &admin, "").await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json()["error"]["code"], "VALIDATION_ERROR");
    }
    let (mut ids, mut query) = (Vec::new(), "?limit=50".to_owned());
    loop {
        let page = app.manage("GET", &query, &admin, "").await.json();
        ids.extend(
            page["api_keys"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=50&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(ids.len(), 121);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 121);
    let mine = app.manage("GET", &format!("?owner=api_key%3A{}", admin.key.id()), &admin, "").await.json();
    assert_eq!(mine["api_keys"], json!([]));
    assert_eq!(mine["next_cursor"], json!(null));
}

#[tokio::test]
async fn changes_need_the_version_that_was_seen() {
    let app = app();
    let (admin, key) = (app.key(&[READ, MANAGE]).await, app.key(&[READ]).await);
    let path = format!("{BASE}/{}", key.key.id());
    let patch = async |tag: &str, body: &'static str| {
        let request = Request::patch(&path).header("x-api-key", admin.key.expose()).header("if-match", tag);
        app.send(request.header("content-type", "application/json").body(Body::from(body)).unwrap()).await
    };
    let seen = app.ask("GET", &path, admin.key.expose(), "").await;
    assert_eq!(seen.header("etag"), "\"v1\"");
    let changed = patch("\"v1\"", r#"{"name":"new name","metadata":{"a":1}}"#).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"v2\""));
    assert_eq!(changed.json()["name"], "new name");
    for tag in ["\"v1\"", "\"v3\"", "W/\"v2\"", "v2", "\"\"", "\"v2\", \"v1\""] {
        assert_eq!(patch(tag, r#"{"disabled":true}"#).await.status, 412, "{tag}");
    }
    assert_eq!(patch("*", r#"{"disabled":true}"#).await.status, 200);
    assert_eq!(app.status(key.key.expose()).await, 401);
    assert_eq!(patch("*", r#"{"disabled":false}"#).await.status, 200);
    assert_eq!(app.status(key.key.expose()).await, 200);
    // Nothing changed is no change.
    let before = app.told.all().len();
    assert_eq!(patch("*", r#"{"disabled":false}"#).await.header("etag"), "\"v4\"");
    assert_eq!(app.told.all().len(), before);
    for body in [
        r#"{"id":"x"}"#,
        r#"{"permissions":["x"]}"#,
        r#"{"disabled":1}"#,
        r#"{"expires_in_days":400}"#,
        r#"{"owner":"me"}"#,
    ] {
        assert_eq!(patch("*", body).await.status, 400, "{body}");
    }
    let told = KeyEvent::Changed {
        id: key.key.id().as_str().into(),
        by: format!("api_key:{}", admin.key.id()).into(),
        fields: vec!["name", "metadata"],
    };
    assert!(app.told.all().contains(&told));
}

#[tokio::test]
async fn widening_needs_what_is_gained_and_narrowing_nothing() {
    let app = app();
    let (admin, key) = (app.key(&[READ, MANAGE]).await, app.key(&[READ, WRITE]).await);
    let path = format!("/{}", key.key.id());
    // What the key has already is not granted by whoever changes something else.
    assert_eq!(app.manage("PATCH", &path, &admin, r#"{"permissions":["write_models"]}"#).await.status, 200);
    assert_eq!(
        app.manage("PATCH", &path, &admin, r#"{"permissions":["write_models","read_models"]}"#).await.status,
        200
    );
    assert_eq!(app.manage("PATCH", &path, &admin, r#"{"permissions":["delete_models"]}"#).await.status, 403);
    assert_eq!(app.manage("PATCH", &path, &admin, r#"{"roles":["eraser"]}"#).await.status, 403);
    assert_eq!(app.manage("PATCH", &path, &admin, r#"{"roles":["reader"]}"#).await.status, 200);
}

#[tokio::test]
async fn a_key_reads_of_itself() {
    let app = app();
    let key = app.key(&[READ]).await;
    let own = app.manage("GET", "/self", &key, "").await;
    assert_eq!(own.json()["id"], key.key.id().as_str());
    let nobody = app.send(Request::get(format!("{BASE}/self")).body(Body::empty()).unwrap()).await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn many_keys_are_taken_back_at_once() {
    let app = app();
    let admin = app.key(&[READ, MANAGE]).await;
    let mut theirs = Vec::new();
    for _ in 0..3 {
        let body = r#"{"name":"a","permissions":["read_models"]}"#;
        theirs.push(app.manage("POST", "", &admin, body).await.json()["key"].as_str().unwrap().to_owned());
    }
    let owner = format!("api_key:{}", admin.key.id());
    assert_eq!(app.manage("POST", "/revoke", &admin, r#"{"reason":"all"}"#).await.status, 400);
    assert_eq!(app.manage("POST", "/revoke", &admin, r#"{"created_before":"soon"}"#).await.status, 400);
    let body = json!({ "owner": owner, "reason": "leaked" }).to_string();
    let outcome = app.manage("POST", "/revoke", &admin, &body).await;
    assert_eq!(outcome.json(), json!({ "revoked": 3, "kept": 0, "more": false }));
    for key in theirs {
        assert_eq!(app.status(&key).await, 401);
    }
    // Everything before tomorrow is every key: the last administrator's is kept.
    let body = json!({ "created_before": "2026-11-23T00:00:00Z" }).to_string();
    let outcome = app.manage("POST", "/revoke", &admin, &body).await;
    assert_eq!(outcome.json(), json!({ "revoked": 0, "kept": 1, "more": false }));
    assert_eq!(app.manage("GET", "", &admin, "").await.status, 200);
}

#[tokio::test]
async fn strangers_and_others_manage_nothing() {
    let app = app();
    let (_admin, key) = (app.key(&[MANAGE]).await, app.key(&[READ, WRITE]).await);
    let path = format!("{BASE}/{}", key.key.id());
    for (method, path) in [
        ("POST", BASE),
        ("GET", BASE),
        ("GET", &path),
        ("PATCH", &path),
        ("DELETE", &path),
        ("POST", &format!("{path}/rotate")),
        ("POST", &format!("{BASE}/revoke")),
    ] {
        assert_eq!(app.ask(method, path, key.key.expose(), "{}").await.status, 403, "{method} {path}");
        let stranger = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        assert_eq!(app.send(stranger).await.status, 401, "{method} {path}");
    }
    assert_eq!(app.store.memory().len(), 2);
    assert!(app.keyring.revoke(&operator(), key.key.id(), None).await.is_ok());
}
