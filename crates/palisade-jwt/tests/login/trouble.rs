//! Stores that do not answer.

use crate::support::{PASSWORD, app, begin_and_leave};
use palisade_core::{DenialKind, Guessed};

#[tokio::test]
async fn a176_a_store_that_is_down_is_503_and_nobodys_failed_attempt() {
    let app = app();
    app.user("ada", &[]).await;
    for name in ["ada", "nobody"] {
        app.users.set_broken(true);
        let answer = app.log_in(name, PASSWORD).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
        assert_eq!(answer.json()["error"]["code"], "SERVICE_UNAVAILABLE");
        assert_eq!(app.guesses.settled(), [Some(Guessed::Undecided)]);
        app.users.set_broken(false);
    }
    // The password was right, and what follows cannot be written.
    app.families.set_broken(true);
    assert_eq!(app.log_in("ada", PASSWORD).await.status, 503);
    assert_eq!(app.guesses.settled(), [Some(Guessed::Undecided)]);
    app.families.set_broken(false);
    app.guesses.close(Some(DenialKind::Unavailable));
    assert_eq!(app.log_in("ada", PASSWORD).await.status, 503);
    app.guesses.close(None);
    assert_eq!(app.log_in("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn refreshing_and_leaving_say_when_they_cannot() {
    let app = app();
    app.user("ada", &[]).await;
    let (access, refresh) = app.tokens("ada").await;
    let logout = serde_json::json!({ "refresh_token": refresh }).to_string();
    for store in 0..2 {
        let broken =
            |broken| if store == 0 { app.families.set_broken(broken) } else { app.users.set_broken(broken) };
        broken(true);
        assert_eq!(app.renew(&refresh).await.status, 503);
        let answer = app.post("/auth/logout", "application/json", logout.clone()).await;
        assert_eq!(answer.status, if store == 0 { 503 } else { 204 });
        broken(false);
        if store == 0 {
            // It was not used up by that.
            assert!(app.holds(&access).await);
        }
    }
    let (access, _) = app.tokens("ada").await;
    app.revocations.set_unwritable(true);
    assert_eq!(app.ask("POST", "/auth/logout/everywhere", &access, "").await.status, 503);
    app.revocations.set_unwritable(false);
    assert_eq!(app.ask("POST", "/auth/logout/everywhere", &access, "").await.status, 204);
}

#[tokio::test]
async fn a_change_that_would_leave_tokens_in_force_is_not_made() {
    let app = app();
    let ada = app.user("ada", &["admin"]).await;
    let bob = app.user("bob", &["admin"]).await;
    let (admin, _) = app.tokens("bob").await;
    let (access, _) = app.tokens("ada").await;
    app.revocations.set_unwritable(true);
    let path = format!("/users/{}", ada.id);
    for (method, body) in [("PATCH", r#"{"disabled":true}"#), ("PATCH", r#"{"roles":[]}"#), ("DELETE", "")] {
        assert_eq!(app.ask(method, &path, &admin, body).await.status, 503, "{method} {body}");
    }
    app.revocations.set_unwritable(false);
    let there = app.stored("ada").await.unwrap();
    assert!(!there.disabled && there.roles.len() == 1 && app.holds(&access).await);
    assert_eq!(app.ask("PATCH", &path, &admin, r#"{"disabled":true}"#).await.status, 200);
    assert!(!app.holds(&access).await);
    assert!(app.stored("bob").await.is_some_and(|there| there.id == bob.id));
}

#[tokio::test]
async fn a_login_that_is_left_before_it_was_compared_is_a_failed_attempt() {
    let app = app();
    app.user("ada", &[]).await;
    app.guesses.settled();
    begin_and_leave(app.log_in("ada", PASSWORD)).await;
    assert_eq!(app.guesses.settled(), [None]);
}
