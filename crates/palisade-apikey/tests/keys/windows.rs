//! When keys begin, and which plan they are on, over HTTP.

use crate::support::{App, MANAGE, NOW, READ, WRITE, with};
use palisade_apikey::Created;
use serde_json::{Value, json};
use std::time::Duration;

/// Whoever may also write decides on plans.
async fn setup() -> (App, Created, Created) {
    let plans = ["free", "pro"].map(|plan| plan.parse().unwrap());
    let app = with(|keys| keys, |keyring| keyring.plans(plans, WRITE));
    let seller = app.key(&[READ, WRITE, MANAGE]).await;
    let admin = app.key(&[READ, MANAGE]).await;
    (app, seller, admin)
}

/// A body about a new key, with this member.
fn body(name: &str, value: &Value) -> String {
    json!({ "name": "a", "permissions": ["read_models"], "expires_in_days": 10, name: value }).to_string()
}

async fn check(name: &str, value: Value, expected: u16) {
    let (app, seller, _) = setup().await;
    let answer = app.manage("POST", "", &seller, &body(name, &value)).await;
    assert_eq!(answer.status, expected, "{name}: {value}: {}", answer.text);
    if expected == 400 {
        let error = &answer.json()["error"];
        assert_eq!(error["details"][0]["pointer"], format!("#/{name}"), "{error}");
    }
}

#[tokio::test]
async fn values_are_read_strictly() {
    for value in [json!("pro"), json!("free"), json!(null)] {
        check("plan", value, 201).await;
    }
    for value in [json!("gold"), json!("PRO"), json!(""), json!(1), json!(["pro"]), json!("x".repeat(65))] {
        check("plan", value, 400).await;
    }
    for value in [json!("2026-11-23T00:00:00Z"), json!("1970-01-01T00:00:00Z"), json!(null)] {
        check("not_before", value, 201).await;
    }
    for value in [
        // Ten days from now it ends.
        json!("2026-12-02T07:15:18Z"),
        json!("9999-12-31T23:59:59Z"),
        json!("2026-11-23"),
        json!("2026-11-23T00:00:00+01:00"),
        json!("tomorrow"),
        json!(1_795_331_718),
        json!(true),
    ] {
        check("not_before", value, 400).await;
    }
}

#[tokio::test]
async fn a_key_holds_from_its_beginning_on() {
    let (app, seller, _) = setup().await;
    let begins = json!("2026-11-22T08:15:18Z");
    let made = app.manage("POST", "", &seller, &body("not_before", &begins)).await.json();
    assert_eq!((&made["not_before"], NOW), (&begins, 1_795_331_718));
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    app.time.advance(Duration::from_secs(3_600) - Duration::from_nanos(1));
    let early = app.ask("GET", "/models", key, "").await;
    assert_eq!((early.status, early.reason), (401, Some("key_not_yet_valid")));
    app.time.advance(Duration::from_nanos(1));
    assert_eq!(app.status(key).await, 200);
    // Put off, and begun at once; null takes the beginning away, and what is not named stays.
    let path = format!("/{id}");
    for (patch, expected) in [
        (json!({ "not_before": "2026-11-25T00:00:00Z" }), 401),
        (json!({ "name": "b" }), 401),
        (json!({ "not_before": null }), 200),
    ] {
        let answer = app.manage("PATCH", &path, &seller, &patch.to_string()).await;
        assert_eq!(answer.status, 200, "{patch}: {}", answer.text);
        assert_eq!(app.status(key).await, expected, "{patch}");
    }
    // It may neither begin after its end nor end before its beginning.
    let late = json!({ "not_before": "2026-12-02T07:15:18Z" });
    assert_eq!(app.manage("PATCH", &path, &seller, &late.to_string()).await.status, 400);
    let soon = json!({ "not_before": "2026-11-30T00:00:00Z" });
    assert_eq!(app.manage("PATCH", &path, &seller, &soon.to_string()).await.status, 200);
    let short = json!({ "expires_in_days": 1 });
    let answer = app.manage("PATCH", &path, &seller, &short.to_string()).await;
    assert_eq!((answer.status, answer.text.contains("#/not_before")), (400, true), "{}", answer.text);
}

#[tokio::test]
async fn the_last_administrator_cannot_be_put_off() {
    let (app, seller, admin) = setup().await;
    let revoked = app.manage("DELETE", &format!("/{}", seller.key.id()), &admin, "").await;
    assert_eq!(revoked.status, 204);
    let later = json!({ "not_before": "2026-11-25T00:00:00Z" }).to_string();
    assert_eq!(app.manage("PATCH", &format!("/{}", admin.key.id()), &admin, &later).await.status, 409);
}

#[tokio::test]
async fn plans_are_for_those_who_decide_on_them() {
    let (app, seller, admin) = setup().await;
    let refused = app.manage("POST", "", &admin, &body("plan", &json!("pro"))).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["error"]["message"], "The plan of a key is for others to decide");
    let made = app.manage("POST", "", &seller, &body("plan", &json!("pro"))).await.json();
    assert_eq!(made["plan"], "pro");
    let path = format!("/{}", made["id"].as_str().unwrap());
    for (caller, plan, expected) in [
        (&admin, json!("free"), 403),
        (&admin, json!(null), 403),
        (&admin, json!("pro"), 200),
        (&seller, json!("gold"), 400),
        (&seller, json!("free"), 200),
        (&seller, json!(null), 200),
        (&admin, json!(null), 200),
    ] {
        let answer = app.manage("PATCH", &path, caller, &json!({ "plan": plan }).to_string()).await;
        assert_eq!(answer.status, expected, "{plan}: {}", answer.text);
        if expected == 200 {
            assert_eq!(answer.json()["plan"], plan);
        }
    }
}
