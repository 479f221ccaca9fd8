//! A password for another.

use crate::support::{PASSWORD, app, assert_refused};
use palisade_core::{DenialKind, Guessed, UserEvent};
use serde_json::json;

const NEXT: &str = "another long passphrase";

fn body(old: &str, new: &str) -> String {
    json!({ "old_password": old, "new_password": new }).to_string()
}

#[tokio::test]
async fn a_new_password_ends_the_old_one_and_all_tokens() {
    let app = app();
    app.user("ada", &[]).await;
    let (access, refresh) = app.tokens("ada").await;
    app.told.take();
    let answer = app.ask("POST", "/auth/password", &access, &body(PASSWORD, NEXT)).await;
    assert_eq!(answer.status, 204, "{answer:?}");
    assert!(app.told.take().iter().any(|event| matches!(event, UserEvent::PasswordChanged { .. })));
    assert!(!app.holds(&access).await);
    assert_refused(&app.renew(&refresh).await);
    assert_refused(&app.log_in("ada", PASSWORD).await);
    assert_eq!(app.log_in("ada", NEXT).await.status, 200);
}

#[tokio::test]
async fn the_old_password_is_a_guess_and_the_new_one_must_be_good() {
    let app = app();
    app.user("ada", &[]).await;
    let (access, _) = app.tokens("ada").await;
    app.guesses.settled();
    for (old, new, status) in [
        ("wrong", NEXT, 403),
        (PASSWORD, "short", 400),
        (PASSWORD, "passwordpassword", 400),
        (PASSWORD, "ada.ada.ada.ada!", 400),
    ] {
        let answer = app.ask("POST", "/auth/password", &access, &body(old, new)).await;
        assert_eq!(answer.status, status, "{new} {answer:?}");
        if status == 400 {
            assert_eq!(answer.json()["error"]["details"][0]["pointer"], "#/new_password");
        }
    }
    assert_eq!(app.guesses.settled(), [Some(Guessed::Wrong)]);
    app.guesses.close(Some(DenialKind::RateLimited));
    assert_eq!(app.ask("POST", "/auth/password", &access, &body(PASSWORD, NEXT)).await.status, 429);
    assert!(app.holds(&access).await);
}

#[tokio::test]
async fn two_who_change_it_at_once_do_not_both_believe_they_did() {
    let app = app();
    app.user("ada", &[]).await;
    for round in 0..5 {
        let old = if round == 0 { PASSWORD.to_owned() } else { format!("{NEXT} {}", round - 1) };
        let first = app.log_in("ada", &old).await.member("token");
        let second = app.log_in("ada", &old).await.member("token");
        let next = format!("{NEXT} {round}");
        let (one, other) = (body(&old, &next), body(&old, &next));
        let (one, other) = tokio::join!(
            app.ask("POST", "/auth/password", &first, &one),
            app.ask("POST", "/auth/password", &second, &other)
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert!(statuses[0] == 204 && (statuses[1] == 403 || statuses[1] == 401), "{statuses:?}");
        assert_eq!(app.log_in("ada", &next).await.status, 200);
    }
}
