//! Refresh tokens: each is good once.

use crate::support::{App, PASSWORD, app, assert_refused, begin_and_leave, operator, with};
use palisade_core::UserEvent;
use palisade_jwt::login::{HashCost, Password, UserPatch};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

async fn next(app: &App, token: &str) -> (String, String) {
    let answer = app.renew(token).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
    (answer.member("token"), answer.member("refresh_token"))
}

#[tokio::test]
async fn a_refresh_token_is_traded_for_the_next_one() {
    let app = app();
    app.user("ada", &["reader"]).await;
    let (access, mut refresh) = app.tokens("ada").await;
    let mut seen = vec![access];
    for _ in 0..5 {
        app.time.advance(Duration::from_secs(1_700));
        let (access, following) = next(&app, &refresh).await;
        assert!(app.holds(&access).await && !seen.contains(&access));
        assert_ne!(following, refresh);
        assert!(refresh.starts_with("prt_") && refresh.len() == 68);
        seen.push(access);
        refresh = following;
    }
    assert!(!app.holds(&seen[0]).await, "expired");
}

#[tokio::test]
async fn a134_a_token_that_comes_twice_ends_the_whole_line() {
    let app = app();
    let ada = app.user("ada", &[]).await;
    let (oldest, first) = app.tokens("ada").await;
    let (other_access, other_device) = app.tokens("ada").await;
    let (older, second) = next(&app, &first).await;
    app.time.advance(Duration::from_secs(600));
    let (access, third) = next(&app, &second).await;
    app.told.take();
    let of_the_line = [&oldest, &older, &access];
    for access in of_the_line {
        assert!(app.holds(access).await);
    }
    // The thief, or the owner after the thief: nobody can tell.
    assert_refused(&app.renew(&first).await);
    let told = app.told.take();
    let user: Box<str> = ada.id.to_string().into();
    assert!(
        told.iter().any(|event| matches!(event, UserEvent::TokenReused { user: it, .. } if *it == user)),
        "{told:?}"
    );
    for token in [&first, &second, &third] {
        assert_refused(&app.renew(token).await);
    }
    assert_eq!(app.told.reasons(), ["refresh_ended"; 3]);
    // What was ever issued with the line does not hold either, and does not come back; other lines do.
    for seconds in [0, 1, 600, 599] {
        app.time.advance(Duration::from_secs(seconds));
        for access in of_the_line {
            assert!(!app.holds(access).await);
        }
    }
    assert!(app.holds(&other_access).await);
    next(&app, &other_device).await;
}

#[tokio::test]
async fn a134_a_session_tells_nothing_by_which_its_line_could_be_ended() {
    let app = app();
    app.user("ada", &[]).await;
    let (access, refresh) = app.tokens("ada").await;
    let (other, _) = app.tokens("ada").await;
    let session = |token: &str| {
        let claims =
            data_encoding::BASE64URL_NOPAD.decode(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        claims["sid"].as_str().unwrap().to_owned()
    };
    assert_eq!(session(&access).len(), 22);
    assert_ne!(session(&access), session(&other));
    let (renewed, refresh) = next(&app, &refresh).await;
    assert_eq!(session(&renewed), session(&access));
    // A forged refresh token with the session for the id of a line ends nothing.
    let mut bytes = data_encoding::BASE64URL_NOPAD.decode(session(&access).as_bytes()).unwrap();
    bytes.extend([0; 32]);
    assert_refused(&app.renew(&format!("prt_{}", data_encoding::BASE64URL_NOPAD.encode(&bytes))).await);
    next(&app, &refresh).await;
}

#[tokio::test]
async fn of_two_who_use_a_token_at_the_same_time_at_most_one_gets_the_next() {
    let app = app();
    app.user("ada", &[]).await;
    for _ in 0..20 {
        let (_, token) = app.tokens("ada").await;
        let (one, other) = tokio::join!(app.renew(&token), app.renew(&token));
        let won = [&one, &other].iter().filter(|answer| answer.status == 200).count();
        assert!(won <= 1, "{one:?} {other:?}");
        for answer in [&one, &other].into_iter().filter(|answer| answer.status == 200) {
            assert_refused(&app.renew(&answer.member("refresh_token")).await);
        }
    }
}

#[tokio::test]
async fn a_line_ends_after_thirty_days_however_often_it_is_renewed() {
    let app = app();
    app.user("ada", &[]).await;
    let (_, mut token) = app.tokens("ada").await;
    for _ in 0..29 {
        app.time.advance(DAY);
        token = next(&app, &token).await.1;
    }
    app.time.advance(DAY - Duration::from_secs(1));
    token = next(&app, &token).await.1;
    app.time.advance(Duration::from_secs(1));
    assert_refused(&app.renew(&token).await);
    // Less can be had, more cannot.
    for (life, days) in [(DAY, 1), (90 * DAY, 30)] {
        let app = with(HashCost::dangerous_cheap(), |login| login.refresh_life(life));
        app.user("ada", &[]).await;
        let (_, token) = app.tokens("ada").await;
        app.time.advance(days * DAY);
        assert_refused(&app.renew(&token).await);
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused_like_one_that_ended() {
    let app = app();
    app.user("ada", &[]).await;
    let (access, token) = app.tokens("ada").await;
    let forged = format!("prt_{}", "A".repeat(64));
    for text in ["", "x", &forged, &access, &token.to_uppercase(), &token[..67]] {
        assert_refused(&app.renew(text).await);
    }
    // A token that was tampered with belongs to a line that somebody else knows of: it ends.
    let mut other: Vec<char> = token.chars().collect();
    other[60] = if other[60] == 'A' { 'B' } else { 'A' };
    assert_refused(&app.renew(&other.into_iter().collect::<String>()).await);
    assert_refused(&app.renew(&token).await);
}

#[tokio::test]
async fn renewing_asks_again_who_the_user_is() {
    let app = app();
    let ada = app.user("ada", &["admin"]).await;
    let (_, token) = app.tokens("ada").await;
    let mut patch = UserPatch::default();
    patch.roles = Some(vec!["reader".parse().unwrap()]);
    app.directory.update(&operator(), ada.id, patch, None).await.unwrap();
    app.time.advance(Duration::from_secs(1));
    let (access, token) = next(&app, &token).await;
    let shown = app.ask("GET", "/whoami", &access, "").await.text;
    assert!(shown.ends_with(" read_models"), "{shown}");
    let mut patch = UserPatch::default();
    patch.disabled = Some(true);
    app.directory.update(&operator(), ada.id, patch, None).await.unwrap();
    assert_refused(&app.renew(&token).await);
    // Let in again, they log in again.
    let mut patch = UserPatch::default();
    patch.disabled = Some(false);
    app.directory.update(&operator(), ada.id, patch, None).await.unwrap();
    assert_refused(&app.renew(&token).await);
    assert_eq!(app.log_in("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_client_that_leaves_has_used_its_token() {
    let app = app();
    app.user("ada", &[]).await;
    let (_, token) = app.tokens("ada").await;
    begin_and_leave(app.renew(&token)).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(app.told.take().iter().any(|event| matches!(event, UserEvent::Refreshed { .. })));
    assert_refused(&app.renew(&token).await);
}

/// Somebody renews, or logs in, while their being shut out is written down: what they get is void as soon as that has an answer.
#[tokio::test]
async fn a135_what_is_issued_while_a_cut_is_written_is_void_too() {
    for (act, shuts_out) in [
        ("disabled", true),
        ("narrowed", false),
        ("everywhere", true),
        ("password", true),
        ("new password", true),
    ] {
        let app = app();
        let ada = app.user("ada", &["admin"]).await;
        app.user("other", &["admin"]).await;
        let (access, refresh) = app.tokens("ada").await;
        app.users.set_slow_to_write(true);
        let (there, id) = (app.clone(), ada.id);
        let writing = tokio::spawn(async move {
            let mut patch = UserPatch::default();
            match act {
                "disabled" => patch.disabled = Some(true),
                "narrowed" => patch.roles = Some(vec!["reader".parse().unwrap()]),
                "password" => patch.password = Some(Password::new("another long passphrase").unwrap()),
                "everywhere" => {
                    return there.ask("POST", "/auth/logout/everywhere", &access, "").await.status;
                }
                _ => {
                    let body = serde_json::json!({ "old_password": PASSWORD, "new_password": "another long passphrase" });
                    return there.ask("POST", "/auth/password", &access, &body.to_string()).await.status;
                }
            }
            there.directory.update(&operator(), id, patch, None).await.unwrap();
            204
        });
        while app.users.writing() == 0 {
            tokio::task::yield_now().await;
        }
        app.time.advance(Duration::from_secs(2));
        let (renewed, next_refresh) = next(&app, &refresh).await;
        let (entered, _) = app.tokens("ada").await;
        app.users.set_slow_to_write(false);
        assert_eq!(writing.await.unwrap(), 204, "{act}");
        assert!(!app.holds(&renewed).await && !app.holds(&entered).await, "{act}");
        assert_eq!(app.renew(&next_refresh).await.status, if shuts_out { 401 } else { 200 }, "{act}");
        if act == "everywhere" || act == "narrowed" {
            assert!(app.holds(&app.tokens("ada").await.0).await, "{act}");
        }
    }
}

#[tokio::test]
async fn a135_a_cut_on_the_second_voids_what_was_issued_in_it() {
    let app = app();
    let ada = app.user("ada", &["reader"]).await;
    app.time.advance(Duration::from_millis(750));
    let (access, _) = app.tokens("ada").await;
    app.login.logout_everywhere(&ada.id).await.unwrap();
    assert!(!app.holds(&access).await);
    assert!(app.holds(&app.tokens("ada").await.0).await);
}
