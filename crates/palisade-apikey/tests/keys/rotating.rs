//! Successors, and the time to move over.

use crate::support::{BASE, DELETE, MANAGE, READ, app};
use palisade_apikey::KeyStore as _;
use palisade_core::KeyEvent;
use std::time::Duration;

#[tokio::test]
async fn the_old_key_holds_until_its_grace_ends() {
    let app = app();
    let (admin, key) = (app.key(&[READ, MANAGE]).await, app.key(&[READ]).await);
    app.time.advance(Duration::from_secs(60));
    let path = format!("/{}/rotate", key.key.id());
    let answer = app.manage("POST", &path, &admin, r#"{"grace_seconds":3600}"#).await;
    assert_eq!((answer.status, answer.header("cache-control")), (201, "no-store"));
    let new = answer.json();
    assert_eq!(answer.header("location"), format!("{BASE}/{}", new["id"].as_str().unwrap()));
    assert_eq!(new["lineage"], key.key.id().as_str());
    assert_eq!(new["predecessor"], key.key.id().as_str());
    assert_eq!(new["permissions"], serde_json::json!(["read_models"]));
    // Its life is as long as the old one's was.
    assert_eq!(new["expires_at"], "2027-02-20T07:16:18Z");
    let new = new["key"].as_str().unwrap();
    let old = app.ask("GET", "/models", key.key.expose(), "").await;
    assert_eq!(old.status, 200);
    assert_eq!(old.header("deprecation"), "@1795331778");
    assert_eq!(old.header("sunset"), "Sun, 22 Nov 2026 08:16:18 GMT");
    let answer = app.ask("GET", "/models", new, "").await;
    assert_eq!((answer.status, answer.header("deprecation")), (200, ""));
    // Limits hang on the line, so both are counted as one.
    assert!(answer.text.contains(&format!(" {} ", key.key.id())), "{}", answer.text);
    app.time.advance(Duration::from_nanos(3_600_000_000_000 - 1));
    assert_eq!(app.status(key.key.expose()).await, 200);
    app.time.advance(Duration::from_nanos(1));
    let over = app.ask("GET", "/models", key.key.expose(), "").await;
    assert_eq!((over.status, over.reason), (401, Some("rotated_key")));
    assert_eq!(app.status(new).await, 200);
    let used = |event: &KeyEvent| matches!(event, KeyEvent::UsedInGrace { id, .. } if **id == *key.key.id().as_str());
    assert!(app.told.all().iter().any(used));
}

#[tokio::test]
async fn no_grace_is_none() {
    let app = app();
    let (admin, key) = (app.key(&[READ, MANAGE]).await, app.key(&[READ]).await);
    assert_eq!(app.status(key.key.expose()).await, 200);
    let path = format!("/{}/rotate", key.key.id());
    let new = app.manage("POST", &path, &admin, r#"{"grace_seconds":0}"#).await.json();
    assert_eq!(app.status(key.key.expose()).await, 401);
    assert_eq!(app.status(new["key"].as_str().unwrap()).await, 200);
}

#[tokio::test]
async fn a_line_goes_on_and_a_link_rotates_once() {
    let app = app();
    let (admin, first) = (app.key(&[READ, MANAGE]).await, app.key(&[READ]).await);
    let second = app.manage("POST", &format!("/{}/rotate", first.key.id()), &admin, "").await.json();
    assert_eq!(app.manage("POST", &format!("/{}/rotate", first.key.id()), &admin, "").await.status, 409);
    let third = app.manage("POST", &format!("/{}/rotate", second["id"].as_str().unwrap()), &admin, "").await;
    assert_eq!(third.json()["lineage"], first.key.id().as_str());
    let line = app.manage("GET", &format!("?lineage={}", first.key.id()), &admin, "").await.json();
    assert_eq!(line["api_keys"].as_array().unwrap().len(), 3);
    // A day, where nobody says.
    let kept = app.store.memory().get(&first.key.id()).await.unwrap().unwrap();
    assert_eq!(kept.grace_ends.unwrap().as_secs(), app.time.now().wall.as_secs() + 86_400);
}

#[tokio::test]
async fn rotating_hands_out_a_key_so_it_needs_what_the_key_may() {
    let app = app();
    let (admin, key) = (app.key(&[READ, MANAGE]).await, app.key(&[DELETE]).await);
    let path = format!("/{}/rotate", key.key.id());
    assert_eq!(app.manage("POST", &path, &admin, "").await.status, 403);
    for body in [
        r#"{"grace_seconds":-1}"#,
        r#"{"grace_seconds":2592001}"#,
        r#"{"grace_seconds":1.5}"#,
        r#"{"grace":1}"#,
        "[]",
    ] {
        assert_eq!(app.manage("POST", &path, &admin, body).await.status, 400, "{body}");
    }
    assert_eq!(app.status(key.key.expose()).await, 403);
    assert_eq!(app.store.memory().len(), 2);
}

#[tokio::test]
async fn two_who_rotate_at_once_make_one_successor() {
    for _ in 0..20 {
        let app = app();
        let (admin, key) = (app.key(&[READ, MANAGE]).await, app.key(&[READ]).await);
        let path = format!("/{}/rotate", key.key.id());
        let one = app.manage("POST", &path, &admin, "");
        let other = app.manage("POST", &path, &admin, "");
        let (one, other) = tokio::join!(one, other);
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        assert_eq!(app.store.memory().len(), 3);
    }
}
