//! Tokens are given back.

use crate::support::{PASSWORD, app, assert_refused, without_refresh};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn logging_out_ends_one_line_and_its_access_token() {
    let app = app();
    app.user("ada", &[]).await;
    let (access, refresh) = app.tokens("ada").await;
    let (other_access, other) = app.tokens("ada").await;
    for _ in 0..2 {
        let answer = app
            .post("/auth/logout", "application/json", json!({ "refresh_token": refresh }).to_string())
            .await;
        assert_eq!((answer.status, answer.header("cache-control")), (204, "no-store"), "{answer:?}");
    }
    assert!(!app.holds(&access).await);
    assert_refused(&app.renew(&refresh).await);
    assert!(app.holds(&other_access).await);
    assert_eq!(app.renew(&other).await.status, 200);
    // What is no token was never logged in.
    let answer = app.post("/auth/logout", "application/x-www-form-urlencoded", "refresh_token=x").await;
    assert_eq!(answer.status, 204);
}

#[tokio::test]
async fn logging_out_everywhere_ends_all_and_a_login_right_after_holds() {
    let app = app();
    app.user("ada", &[]).await;
    app.user("bob", &[]).await;
    let (one, two, bob) = (app.tokens("ada").await, app.tokens("ada").await, app.tokens("bob").await);
    let answer = app.ask("POST", "/auth/logout/everywhere", &one.0, "").await;
    assert_eq!(answer.status, 204, "{answer:?}");
    for (access, refresh) in [one, two] {
        assert!(!app.holds(&access).await);
        assert_refused(&app.renew(&refresh).await);
    }
    assert!(app.holds(&bob.0).await);
    // Within the same second, also for the second time.
    for _ in 0..2 {
        let (access, refresh) = app.tokens("ada").await;
        assert!(app.holds(&access).await);
        let renewed = app.renew(&refresh).await;
        assert!(app.holds(&renewed.member("token")).await);
        assert_eq!(app.ask("POST", "/auth/logout/everywhere", &access, "").await.status, 204);
        assert!(!app.holds(&access).await && !app.holds(&renewed.member("token")).await);
    }
    assert_eq!(app.post("/auth/logout/everywhere", "application/json", "").await.status, 401);
}

#[tokio::test]
async fn without_refresh_tokens_a_logout_ends_the_token_with_which_it_is_asked() {
    let app = without_refresh();
    app.user("ada", &[]).await;
    let answer = app.log_in("ada", PASSWORD).await;
    assert!(answer.json().get("refresh_token").is_none());
    let (access, other) = (answer.member("token"), app.log_in("ada", PASSWORD).await.member("token"));
    assert_eq!(app.ask("POST", "/auth/logout", &access, "").await.status, 204);
    assert!(!app.holds(&access).await && app.holds(&other).await);
    assert_eq!(app.ask("POST", "/auth/logout", &access, "").await.status, 401);
    assert_eq!(app.post("/auth/refresh", "application/json", "{}").await.status, 404);
    app.time.advance(Duration::from_secs(1_806));
    assert!(!app.holds(&other).await);
}
