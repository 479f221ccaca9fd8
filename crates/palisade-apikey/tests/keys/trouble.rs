//! Stores that fail, and writes that nobody waits for.

use crate::support::{MANAGE, READ, app, format};
use palisade_apikey::KeyStore as _;
use palisade_core::KeyEvent;
use std::time::Duration;

#[tokio::test]
async fn a335_a_store_that_is_down_is_503_once_nothing_is_known() {
    let app = app();
    let key = app.key(&[READ, MANAGE]).await;
    assert_eq!(app.status(key.key.expose()).await, 200);
    // A first use was written down, and what is known is read anew after it.
    assert_eq!(app.status(key.key.expose()).await, 200);
    app.store.set_broken(true);
    app.time.advance(Duration::from_millis(4_999));
    assert_eq!(app.status(key.key.expose()).await, 200);
    app.time.advance(Duration::from_millis(1));
    for key in [key.key.expose(), format().mint().unwrap().expose()] {
        let answer = app.ask("GET", "/models", key, "").await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
        assert_eq!(answer.reason, Some("key_store_unavailable"));
        assert_eq!(answer.json()["error"]["details"]["kind"], "auth_unavailable");
    }
    // Public routes need nobody, and junk is junk.
    assert_eq!(app.ask("GET", "/public", key.key.expose(), "").await.status, 200);
    assert_eq!(app.status("junk").await, 401);
    app.store.set_broken(false);
    assert_eq!(app.status(key.key.expose()).await, 200);
}

#[tokio::test]
async fn a062_a_change_that_was_not_made_is_not_reported_as_made() {
    let app = app();
    let (admin, key) = (app.key(&[MANAGE]).await, app.key(&[READ]).await);
    let path = format!("/{}", key.key.id());
    for _ in 0..2 {
        assert_eq!(app.manage("GET", &path, &admin, "").await.status, 200);
    }
    app.store.set_broken(true);
    for (method, path, body) in [
        ("DELETE", &*path, ""),
        ("PATCH", &*path, r#"{"disabled":true}"#),
        ("POST", &*format!("{path}/rotate"), ""),
        ("POST", "", r#"{"name":"a","permissions":[]}"#),
        ("GET", "", ""),
    ] {
        let answer = app.manage(method, path, &admin, body).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{method} {path}");
    }
    app.store.set_broken(false);
    let record = app.store.memory().get(&key.key.id()).await.unwrap().unwrap();
    assert!(record.revoked.is_none() && !record.disabled && record.successor.is_none());
    assert_eq!(app.manage("DELETE", &path, &admin, "").await.status, 204);
}

#[tokio::test]
async fn a077_use_is_written_once_a_minute() {
    let app = app();
    let key = app.key(&[READ]).await;
    for minute in 1..=3 {
        for _ in 0..1_000 {
            assert_eq!(app.status(key.key.expose()).await, 200);
        }
        tokio::task::yield_now().await;
        assert_eq!(app.store.touches(), minute);
        let record = app.store.memory().get(&key.key.id()).await.unwrap().unwrap();
        assert_eq!(record.last_used, Some(app.time.now().wall));
        app.time.advance(Duration::from_secs(59));
        assert_eq!(app.status(key.key.expose()).await, 200);
        assert_eq!(app.store.touches(), minute);
        app.time.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a077_a_use_that_cannot_be_written_fails_nobody() {
    let app = app();
    let (one, other) = (app.key(&[READ]).await, app.key(&[READ]).await);
    app.store.set_untouchable();
    for key in [&one, &other] {
        assert_eq!(app.status(key.key.expose()).await, 200);
    }
    let told = app.told.all();
    let complaints =
        told.iter().filter(|event| matches!(event, KeyEvent::NotWritten { act: "last_used", .. }));
    assert_eq!(complaints.count(), 1);
}

#[tokio::test]
async fn a_key_that_does_not_hold_is_not_in_use() {
    let app = app();
    let key = app.key(&[READ]).await;
    app.keyring.revoke(&crate::support::operator(), key.key.id(), None).await.unwrap();
    assert_eq!(app.status(key.key.expose()).await, 401);
    assert_eq!(app.store.touches(), 0);
}
