//! A password for a token.

use crate::support::{ISSUER, NOW, PASSWORD, app, assert_refused, with};
use palisade_core::{DenialKind, Guessed, UserEvent};
use palisade_jwt::login::{FirstPassword, HashCost, NewUser, Password, UserPatch};
use serde_json::{Value, json};

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn a175_who_knows_the_password_has_a_token_that_says_little() {
    let app = app();
    let ada = app.user("Ada", &["reader"]).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = app.log_in(" ADA ", PASSWORD).await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/json");
        let body = answer.json();
        let mut names: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
        names.sort();
        assert_eq!(names, ["expires_at", "expires_in", "refresh_token", "token", "token_type"]);
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(1_800)));
        assert_eq!(body["expires_at"], "2026-11-22T07:45:18Z");
        let mut said = claims(&answer.member("token"));
        assert_eq!(said["exp"], NOW + 1_800);
        ids.push(said["jti"].as_str().unwrap().to_owned());
        assert_eq!(said["sid"].as_str().map(str::len), Some(22));
        (said["jti"], said["sid"]) = (Value::Null, Value::Null);
        let expected = json!({
            "iss": ISSUER, "sub": ada.id.to_string(), "aud": ISSUER, "iat": NOW, "exp": NOW + 1_800, "jti": null, "sid": null,
            "scope": "read_models",
        });
        assert_eq!(said, expected);
        assert_eq!(app.ask("GET", "/models", &answer.member("token"), "").await.status, 200);
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(app.guesses.settled(), [Some(Guessed::Right); 2]);
    let user: Box<str> = ada.id.to_string().into();
    let told = app.told.take();
    assert!(told.contains(&UserEvent::LoggedIn { user, client: Some([192, 0, 2, 7].into()) }), "{told:?}");
}

#[tokio::test]
async fn all_failures_read_the_same_and_the_events_tell_them_apart() {
    let app = app();
    for name in ["ada", "disabled"] {
        app.user(name, &[]).await;
    }
    app.user_with("broken", "$argon2id$broken").await;
    app.user_with("costly", "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$MDEyMzQ1Njc4OTAxMjM0NQ").await;
    app.user_with("foreign", "ünbekannt").await;
    let disabled = app.stored("disabled").await.unwrap().id;
    let mut patch = UserPatch::default();
    patch.disabled = Some(true);
    app.directory.update(&crate::support::operator(), disabled, patch, None).await.unwrap();
    app.told.take();
    let mut headers = Vec::new();
    for (name, password, reason) in [
        ("nobody", PASSWORD, "unknown_user"),
        (&*"x".repeat(200), PASSWORD, "unknown_user"),
        ("ada", "wrong", "wrong_password"),
        ("ada", "correct horse battery stapl", "wrong_password"),
        ("disabled", "wrong", "wrong_password"),
        ("disabled", PASSWORD, "user_disabled"),
        ("broken", PASSWORD, "hash_malformed"),
        ("costly", PASSWORD, "hash_too_costly"),
        ("foreign", PASSWORD, "hash_malformed"),
    ] {
        let answer = app.log_in(name, password).await;
        assert_refused(&answer);
        headers.push(answer.headers);
        assert_eq!(app.guesses.settled(), [Some(Guessed::Wrong)], "{name}");
        let told = app.told.take();
        let unusable = told.iter().filter(|event| matches!(event, UserEvent::HashUnusable { .. })).count();
        assert_eq!(unusable == 1, reason.starts_with("hash"), "{told:?}");
        assert!(
            matches!(told.last(), Some(UserEvent::LoginRefused { reason: it, .. }) if *it == reason),
            "{told:?}"
        );
    }
    assert!(headers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a170_every_spelling_of_a_name_is_one_account_and_one_counter() {
    let app = app();
    app.user("admin", &[]).await;
    for name in ["Admin", "admin ", "ＡＤＭＩＮ", "ad\u{200b}min", "aDmIn"] {
        assert_eq!(app.log_in(name, PASSWORD).await.status, 200, "{name}");
    }
    app.log_in("admin@x", "wrong").await;
    app.log_in("ＡＤＭＩＮ＠Ｘ", "wrong").await;
    let accounts: Vec<_> = app.guesses.accounts().into_iter().map(|(_, account)| account).collect();
    assert_eq!(accounts, ["admin", "admin", "admin", "admin", "admin", "admin@x", "admin@x"]);
}

#[tokio::test]
async fn who_guessed_too_often_is_told_the_same_whether_or_not_there_is_an_account() {
    let app = app();
    app.user("ada", &[]).await;
    let asked = app.users.asked();
    app.guesses.close(Some(DenialKind::RateLimited));
    let mut answers = Vec::new();
    for name in ["ada", "nobody"] {
        let answer = app.log_in(name, PASSWORD).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, "60"), "{answer:?}");
        assert_eq!(app.told.reasons(), ["too_many_failures"]);
        answers.push(answer.text);
    }
    assert_eq!(answers[0], answers[1]);
    // Neither the store nor the processor is troubled.
    assert_eq!((app.users.asked(), app.login.hashing().running), (asked, 0));
}

#[tokio::test]
async fn a177_hashes_are_made_anew_once_and_nobody_fails_over_it() {
    let dear = HashCost::new(7_168, 5, 1).unwrap();
    let app = with(dear, |login| login);
    let cheap = palisade_jwt::login::Hashing::new(HashCost::dangerous_cheap()).unwrap();
    let old = cheap.hash(&Password::new(PASSWORD).unwrap()).await.unwrap();
    for (name, stored) in [("argon", old.expose().to_owned()), ("bcrypt", bcrypt::hash(PASSWORD, 4).unwrap())]
    {
        app.user_with(name, &stored).await;
        app.told.take();
        // A store that does not take it: the login holds, and the next one tries again.
        app.users.set_unwritable(true);
        assert_eq!(app.log_in(name, PASSWORD).await.status, 200);
        app.users.set_unwritable(false);
        let told = app.told.take();
        assert!(
            told.iter().any(|event| matches!(event, UserEvent::NotWritten { act: "upgrade_hash", .. })),
            "{told:?}"
        );
        assert_eq!(app.stored(name).await.unwrap().password.expose(), stored);
        // A wrong password upgrades nothing.
        app.log_in(name, "wrong").await;
        assert_eq!(app.stored(name).await.unwrap().password.expose(), stored);
        assert_eq!(app.log_in(name, PASSWORD).await.status, 200);
        let new = app.stored(name).await.unwrap();
        assert!(new.password.expose().starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
        assert_eq!(app.log_in(name, PASSWORD).await.status, 200);
        assert_eq!(app.stored(name).await.unwrap().version, new.version);
    }
}

#[tokio::test]
async fn a164_a_long_password_against_bcrypt_is_an_error_and_not_cut() {
    let app = app();
    let seventy_two = "a".repeat(72);
    app.user_with("ada", &bcrypt::hash(&seventy_two, 4).unwrap()).await;
    app.told.take();
    assert_refused(&app.log_in("ada", &"a".repeat(73)).await);
    assert_eq!(app.told.reasons(), ["password_too_long_for_bcrypt"]);
    assert_eq!(app.log_in("ada", &seventy_two).await.status, 200);
}

#[tokio::test]
async fn a162_a163_long_and_odd_passwords_work_as_they_were_typed() {
    let app = app();
    for (n, password) in [
        "x7".repeat(32) + "!",
        "y9".repeat(511) + "!!",
        "  spaces  at  both  ends  ".to_owned(),
        "pass\0word with a NUL in it".to_owned(),
        "🔑🚪🏰🐎🔋📎 and more of it".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("user{n}");
        let chosen = FirstPassword::Chosen(Password::new(password.clone()).unwrap());
        app.directory
            .create(&crate::support::operator(), NewUser::new(name.parse().unwrap(), chosen))
            .await
            .unwrap();
        assert_eq!(app.log_in(&name, &password).await.status, 200);
        let mut flipped = password.clone();
        let last = flipped.pop().unwrap();
        flipped.push(if last == 'b' { 'a' } else { 'b' });
        assert_refused(&app.log_in(&name, &flipped).await);
        let cut = password.split('\0').next().unwrap().trim().trim_end_matches('!');
        if cut != password {
            assert_refused(&app.log_in(&name, cut).await);
        }
    }
}

#[tokio::test]
async fn a178_nobody_is_there_at_the_start() {
    let app = app();
    let page = app
        .directory
        .list(&crate::support::operator(), &palisade_jwt::login::UserQuery::first(10))
        .await
        .unwrap();
    assert!(page.users.is_empty());
    for (name, password) in [("admin", "admin"), ("root", "root"), ("admin", "password"), ("", "")] {
        let status = app.log_in(name, password).await.status;
        assert!(status == 401 || status == 400, "{name} {status}");
    }
}

/// A password that was replaced, or a user who was disabled, while it was being compared.
#[tokio::test]
async fn who_is_shut_out_meanwhile_does_not_slip_in() {
    let app = with(HashCost::default(), |login| login);
    let ada = app.user("ada", &[]).await;
    for _ in 0..5 {
        // Within one second, most of the time.
        app.time.advance(std::time::Duration::from_millis(100));
        let (waiting, id) = (app.clone(), ada.id);
        let task = tokio::spawn(async move { waiting.log_in("ada", PASSWORD).await });
        while app.login.hashing().running == 0 {
            tokio::task::yield_now().await;
        }
        app.login.logout_everywhere(&id).await.unwrap();
        let answer = task.await.unwrap();
        if answer.status == 200 {
            // It was compared before: then what it got does not hold.
            assert!(!app.holds(&answer.member("token")).await);
            assert_refused(&app.renew(&answer.member("refresh_token")).await);
        } else {
            assert_refused(&answer);
        }
    }
}
