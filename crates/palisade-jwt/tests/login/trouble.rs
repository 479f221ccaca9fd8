//! Stores that do not answer.

use crate::support::{PASSWORD, app, begin_and_leave, clock_stands};
use palisade_core::{DenialKind, Guessed, UserEvent};
use palisade_jwt::login::{HashCost, Password};

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
async fn a_password_whose_tokens_would_stay_in_force_is_not_replaced() {
    let app = app();
    app.user("ada", &[]).await;
    let (access, _) = app.tokens("ada").await;
    let body = serde_json::json!({ "old_password": PASSWORD, "new_password": "another long passphrase" });
    app.guesses.settled();
    app.revocations.set_unwritable(true);
    assert_eq!(app.ask("POST", "/auth/password", &access, &body.to_string()).await.status, 503);
    assert_eq!(app.guesses.settled(), [Some(Guessed::Undecided)]);
    app.revocations.set_unwritable(false);
    // So the same request can be sent again.
    assert_eq!(app.ask("POST", "/auth/password", &access, &body.to_string()).await.status, 204);
    assert!(!app.holds(&access).await);
}

#[tokio::test]
async fn a134_a_token_that_comes_twice_is_told_although_its_line_cannot_be_ended_whole() {
    let app = app();
    app.user("ada", &[]).await;
    let (_, first) = app.tokens("ada").await;
    assert_eq!(app.renew(&first).await.status, 200);
    app.told.take();
    app.revocations.set_unwritable(true);
    assert_eq!(app.renew(&first).await.status, 503);
    assert!(app.told.take().iter().any(|event| matches!(event, UserEvent::TokenReused { .. })));
}

#[tokio::test]
async fn a134_the_access_token_of_a_line_ends_at_the_second_attempt_where_the_first_failed() {
    let app = app();
    app.user("ada", &[]).await;
    let (_, first) = app.tokens("ada").await;
    let answer = app.renew(&first).await;
    let (access, last) = (answer.member("token"), answer.member("refresh_token"));
    app.revocations.set_unwritable(true);
    let logout = serde_json::json!({ "refresh_token": last }).to_string();
    assert_eq!(app.post("/auth/logout", "application/json", logout.clone()).await.status, 503);
    app.revocations.set_unwritable(false);
    assert_eq!(app.post("/auth/logout", "application/json", logout).await.status, 204);
    assert!(!app.holds(&access).await);
}

#[tokio::test(start_paused = true)]
async fn a176_a_store_that_hangs_is_nobodys_failed_attempt() {
    let app = app();
    let stands = clock_stands();
    let one = format!("/users/{}", app.user("ada", &["admin"]).await.id);
    app.guesses.settled();
    let (access, _) = app.tokens("ada").await;
    app.guesses.settled();
    drop(stands);
    app.families.set_hanging(true);
    assert_eq!(app.log_in("ada", PASSWORD).await.status, 503);
    assert_eq!(app.guesses.settled(), [Some(Guessed::Undecided)]);
    app.users.set_hanging(true);
    let patience = std::time::Duration::from_secs(11);
    for name in ["ada", "nobody"] {
        let answer = tokio::time::timeout(patience, app.log_in(name, PASSWORD)).await.unwrap();
        assert_eq!(answer.status, 503);
        assert_eq!(app.guesses.settled(), [Some(Guessed::Undecided)]);
    }
    let body = serde_json::json!({ "old_password": PASSWORD, "new_password": "another long passphrase" })
        .to_string();
    for (method, path, body) in
        [("POST", "/auth/password", &*body), ("GET", "/users", ""), ("GET", &*one, "")]
    {
        let asked = app.ask(method, path, &access, body);
        assert_eq!(tokio::time::timeout(patience, asked).await.unwrap().status, 503, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a177_a_store_that_hangs_while_a_hash_is_made_anew_fails_nobodys_login() {
    let app = app();
    let old = palisade_jwt::login::Hashing::new(HashCost::new(7_168, 5, 1).unwrap()).unwrap();
    let old = old.hash(&Password::new(PASSWORD).unwrap()).await.unwrap();
    app.user_with("ada", old.expose()).await;
    app.told.take();
    app.users.set_slow_to_write(true);
    assert_eq!(app.log_in("ada", PASSWORD).await.status, 200);
    let told = app.told.take();
    assert!(
        told.iter().any(|event| matches!(event, UserEvent::NotWritten { act: "upgrade_hash", .. })),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_login_that_is_left_before_it_was_compared_is_a_failed_attempt() {
    let app = app();
    app.user("ada", &[]).await;
    app.guesses.settled();
    begin_and_leave(app.log_in("ada", PASSWORD)).await;
    assert_eq!(app.guesses.settled(), [None]);
}
