//! Users are added, changed and removed.

use crate::support::{App, PASSWORD, app, operator};
use palisade_core::UserEvent;
use palisade_jwt::login::{Caller, UserPatch, UserRule, UsersError};
use serde_json::{Value, json};

/// An administrator's token.
async fn admin(app: &App) -> String {
    app.user("root", &["admin"]).await;
    app.tokens("root").await.0
}

async fn add(app: &App, token: &str, body: Value) -> crate::support::Answer {
    app.ask("POST", "/users", token, &body.to_string()).await
}

fn new(name: &str) -> Value {
    json!({ "username": name, "password": PASSWORD })
}

#[tokio::test]
async fn a_user_is_added_listed_changed_and_removed() {
    let app = app();
    let token = admin(&app).await;
    let mut body = new("Ada");
    body["roles"] = json!(["reader"]);
    body["email"] = json!("ada@example.com");
    body["plan"] = json!("pro");
    let answer = add(&app, &token, body).await;
    assert_eq!(
        (answer.status, answer.header("etag"), answer.header("cache-control")),
        (201, "\"v1\"", "no-store"),
        "{answer:?}"
    );
    let id = answer.member("id");
    let path = format!("/users/{id}");
    assert_eq!(answer.header("location"), path);
    let expected = json!({
        "id": id, "username": "Ada", "email": "ada@example.com", "roles": ["reader"], "permissions": [], "plan": "pro", "disabled": false,
        "created_at": "2026-11-22T07:15:18Z", "tokens_not_before": null,
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(app.ask("GET", &path, &token, "").await.json(), expected);
    let list = app.ask("GET", "/users?limit=1", &token, "").await.json();
    assert_eq!((&list["users"][0]["username"], list["users"].as_array().unwrap().len()), (&json!("Ada"), 1));
    let cursor = list["next_cursor"].as_str().unwrap();
    let list = app.ask("GET", &format!("/users?limit=1&cursor={cursor}"), &token, "").await.json();
    assert_eq!((&list["users"][0]["username"], &list["next_cursor"]), (&json!("root"), &Value::Null));
    let answer = app
        .ask("PATCH", &path, &token, r#"{"email":null,"permissions":["read_models"],"disabled":true}"#)
        .await;
    assert_eq!((answer.status, answer.header("etag")), (200, "\"v2\""), "{answer:?}");
    assert_eq!((&answer.json()["email"], &answer.json()["disabled"]), (&Value::Null, &json!(true)));
    assert_eq!(app.log_in("ada", PASSWORD).await.status, 401);
    for expected in [204, 404] {
        assert_eq!(app.ask("DELETE", &path, &token, "").await.status, expected);
    }
    assert_eq!(app.ask("GET", &path, &token, "").await.status, 404);
    let acts = app.told.take();
    for wanted in ["Created", "Changed", "Deleted"] {
        assert!(acts.iter().any(|event| format!("{event:?}").starts_with(wanted)), "{wanted}");
    }
}

#[tokio::test]
async fn a179_weak_passwords_and_wrong_members_are_told() {
    let app = app();
    let token = admin(&app).await;
    for (body, pointers) in [
        (json!({ "username": "ada", "password": "password" }), vec!["#/password"]),
        (json!({ "username": "ada", "password": "1234567890123456" }), vec!["#/password"]),
        (json!({ "username": "ada.lovelace", "password": "Ada.Lovelace1815" }), vec!["#/password"]),
        (json!({ "username": "ada", "password": "monkeymonkeymonkey" }), vec!["#/password"]),
        (json!({ "username": "ada" }), vec!["#/password"]),
        (json!({ "username": "a b", "password": PASSWORD }), vec!["#/username"]),
        (json!({ "username": "ada", "password": PASSWORD, "roles": ["nonsense"] }), vec!["#/roles"]),
        (
            json!({ "username": "ada", "password": PASSWORD, "permissions": ["x", "x"] }),
            vec!["#/permissions/1"],
        ),
        (
            json!({ "username": "ada", "password": PASSWORD, "permissions": ["fly"], "roles": ["x"] }),
            vec!["#/permissions", "#/roles"],
        ),
        (json!({ "username": "ada", "password": PASSWORD, "email": "x", "id": 1 }), vec!["#/email", "#/id"]),
        (
            json!({ "username": "ada", "password": PASSWORD, "password_hash": "$2b$" }),
            vec!["#/password_hash"],
        ),
        (json!({ "username": "ada", "password": PASSWORD, "disabled": false }), vec!["#/disabled"]),
    ] {
        let answer = add(&app, &token, body.clone()).await;
        assert_eq!(answer.status, 400, "{body} {answer:?}");
        let details = answer.json()["error"]["details"].clone();
        let told: Vec<_> =
            details.as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
        assert_eq!(told, pointers, "{body}");
    }
    assert!(app.stored("ada").await.is_none());
    let form = app.ask("POST", "/users", &token, "").await;
    assert_eq!(form.status, 415);
}

#[tokio::test]
async fn names_are_taken_in_every_spelling() {
    let app = app();
    let token = admin(&app).await;
    for name in ["root", "ROOT", "ｒｏｏｔ"] {
        let answer = add(&app, &token, new(name)).await;
        assert!(answer.status == 409 && answer.text.contains("The user name is taken"), "{answer:?}");
    }
}

#[tokio::test]
async fn only_who_administers_may() {
    let app = app();
    app.user("root", &["admin"]).await;
    let ada = app.user("ada", &["reader"]).await;
    let (token, _) = app.tokens("ada").await;
    let path = format!("/users/{}", ada.id);
    for (method, path) in
        [("GET", "/users"), ("POST", "/users"), ("GET", &*path), ("PATCH", &*path), ("DELETE", &*path)]
    {
        assert_eq!(app.ask(method, path, &token, "").await.status, 403, "{method}");
        assert_eq!(app.ask(method, path, "", "").await.status, 401, "{method}");
    }
    // The rules ask again, whatever routes do.
    let caller =
        Caller::of(&palisade_core::Principal::new("jwt", "x").with_scopes("read_models".parse().unwrap()));
    app.told.take();
    let refused = app.directory.delete(&caller, ada.id, None).await.unwrap_err();
    assert!(matches!(refused, UsersError::Refused(UserRule::MayNot)));
    assert!(matches!(
        app.told.take()[..],
        [UserEvent::Refused { act: "delete", reason: "insufficient_scope", .. }]
    ));
}

#[tokio::test]
async fn nobody_grants_what_they_lack_or_takes_over_who_has_more() {
    let app = app();
    let token = admin(&app).await;
    let mut above = UserPatch::default();
    above.permissions = Some("write_models".parse().unwrap());
    let writer = app.user("writer", &["reader"]).await;
    app.directory.update(&operator(), writer.id, above, None).await.unwrap();
    let ada = app.user("ada", &[]).await;
    let mut body = new("eve");
    body["permissions"] = json!(["write_models"]);
    assert_eq!(add(&app, &token, body).await.status, 403);
    for (id, patch, status) in [
        (ada.id, r#"{"permissions":["write_models"]}"#, 403),
        (ada.id, r#"{"roles":["admin"]}"#, 200),
        (writer.id, r#"{"password":"a password of the admin's"}"#, 403),
        (writer.id, r#"{"email":"me@example.com"}"#, 403),
        (writer.id, r#"{"plan":"free"}"#, 200),
        (writer.id, r#"{"disabled":true}"#, 200),
        (writer.id, r#"{"disabled":false}"#, 403),
        (writer.id, r#"{"permissions":[]}"#, 200),
        (writer.id, r#"{"password":"a password of the admin's","disabled":false}"#, 200),
    ] {
        let answer = app.ask("PATCH", &format!("/users/{id}"), &token, patch).await;
        assert_eq!(answer.status, status, "{patch} {answer:?}");
    }
    assert_eq!(app.log_in("writer", "a password of the admin's").await.status, 200);
}

#[tokio::test]
async fn nobody_grants_themselves_what_they_lack() {
    let app = app();
    let token = admin(&app).await;
    let root = app.stored("root").await.unwrap();
    let path = format!("/users/{}", root.id);
    // What one may always do to oneself opens no door for what one may not.
    for own in [r#""email":"me@example.com""#, r#""password":"another password of mine""#] {
        for more in ["", r#","roles":["admin","reader"]"#] {
            let patch = format!(r#"{{{own},"permissions":["write_models"]{more}}}"#);
            let answer = app.ask("PATCH", &path, &token, &patch).await;
            assert_eq!(answer.status, 403, "{patch} {answer:?}");
        }
    }
    let there = app.stored("root").await.unwrap();
    assert_eq!((there.version, there.permissions.len()), (root.version, 0));
    // Who has more than the token in hand says still has their own address.
    let mut above = UserPatch::default();
    above.permissions = Some("write_models".parse().unwrap());
    app.directory.update(&operator(), root.id, above, None).await.unwrap();
    let answer = app.ask("PATCH", &path, &token, r#"{"email":"me@example.com"}"#).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = app();
    let token = admin(&app).await;
    let root = app.stored("root").await.unwrap();
    app.user("ada", &["reader"]).await;
    let path = format!("/users/{}", root.id);
    for (method, body) in
        [("DELETE", ""), ("PATCH", r#"{"disabled":true}"#), ("PATCH", r#"{"roles":["reader"]}"#)]
    {
        let answer = app.ask(method, &path, &token, body).await;
        assert!(answer.status == 409 && answer.text.contains("the last user who may"), "{body} {answer:?}");
    }
    let other = app.user("other", &["admin"]).await;
    let mut off = UserPatch::default();
    off.disabled = Some(true);
    app.directory.update(&operator(), other.id, off, None).await.unwrap();
    assert_eq!(app.ask("DELETE", &path, &token, "").await.status, 409, "a disabled one does not count");
    app.user("third", &["admin"]).await;
    assert_eq!(app.ask("DELETE", &path, &token, "").await.status, 204);
    assert!(!app.holds(&token).await);
}

#[tokio::test]
async fn two_administrators_cannot_remove_each_other() {
    for _ in 0..20 {
        let app = app();
        let (one, other) = (app.user("one", &["admin"]).await, app.user("other", &["admin"]).await);
        let (first, second) = (app.tokens("one").await.0, app.tokens("other").await.0);
        let (path_one, path_other) = (format!("/users/{}", one.id), format!("/users/{}", other.id));
        let (a, b) = tokio::join!(
            app.ask("DELETE", &path_other, &first, ""),
            app.ask("DELETE", &path_one, &second, "")
        );
        let gone = [&a, &b].iter().filter(|answer| answer.status == 204).count();
        assert!(gone <= 1, "{a:?} {b:?}");
        let left = [app.stored("one").await, app.stored("other").await];
        assert_eq!(left.iter().flatten().count(), 2 - gone);
    }
}

#[tokio::test]
async fn versions_are_compared_and_what_was_changed_meanwhile_is_told() {
    let app = app();
    let token = admin(&app).await;
    let ada = app.user("ada", &[]).await;
    let path = format!("/users/{}", ada.id);
    for (tag, status) in [("\"v7\"", 412), ("W/\"v1\"", 412), ("\"v1\"", 200), ("\"v1\"", 412), ("*", 200)] {
        let request = http::Request::patch(&path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("if-match", tag);
        let body = if tag == "*" { r#"{"plan":"free"}"# } else { r#"{"plan":"pro"}"# };
        assert_eq!(app.send(request.body(body.into()).unwrap()).await.status, status, "{tag}");
    }
    for id in ["x", "..", &"0".repeat(32), &ada.id.to_string().to_uppercase()] {
        let status = app.ask("GET", &format!("/users/{id}"), &token, "").await.status;
        assert_eq!(status, 404, "{id}");
    }
}

#[tokio::test]
async fn narrower_users_lose_their_tokens_at_once() {
    let app = app();
    let token = admin(&app).await;
    let ada = app.user("ada", &["reader", "admin"]).await;
    let (access, _) = app.tokens("ada").await;
    let path = format!("/users/{}", ada.id);
    assert_eq!(app.ask("PATCH", &path, &token, r#"{"plan":"pro"}"#).await.status, 200);
    assert!(app.holds(&access).await);
    assert_eq!(app.ask("PATCH", &path, &token, r#"{"roles":["reader"]}"#).await.status, 200);
    assert!(!app.holds(&access).await);
    // Who logs in right after has a token that holds.
    assert!(app.holds(&app.tokens("ada").await.0).await);
}
