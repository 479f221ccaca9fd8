//! Keys over HTTP, from the first to the last day of their lives.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use inference::{data_dir::DataDir, database::Database, keys::Keys, rfc3339};
use palisade::{
    Clock, ManualClock, UnixTime,
    keys::{Caller, Life, NewKey},
};
use running::{Inference, id_of, key_in, told};
use serde_json::json;
use std::path::Path;

const DAY: u64 = 86_400;
const KEYS: &str = "/api/v1/auth/api-keys";

fn now() -> u64 {
    Clock::system().now().wall.as_secs()
}

fn create(server: &Inference, body: &serde_json::Value) -> String {
    let made = server.send(&format!("POST {KEYS}"), server.key(), &body.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    made.text("key")
}

#[test]
fn a_key_is_made_used_listed_rotated_and_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let admin = server.key();
    let wanted = json!({"name": "ci", "permissions": ["read_models"], "expires_in_days": 90}).to_string();
    let made = server.send(&format!("POST {KEYS}"), admin, &wanted);
    assert_eq!((made.status, made.header("cache-control")), (201, "no-store"), "{}", made.body);
    let (key, id) = (made.text("key"), made.text("id"));
    assert_eq!(made.header("location"), format!("{KEYS}/{id}"));
    assert_eq!(id_of(&key), id);

    // It may do what it was granted, and no more.
    assert_eq!(server.send("GET /api/v1/models", Some(&key), "").status, 200);
    let asked = server.send("POST /api/v1/inference", Some(&key), "{}");
    assert!(asked.status == 403 && asked.header("www-authenticate").contains("run_inference"), "{asked:?}");
    assert_eq!(server.send(&format!("GET {KEYS}"), Some(&key), "").status, 403);
    assert_eq!(server.send(&format!("DELETE {KEYS}/{}", id_of(admin.unwrap())), Some(&key), "").status, 403);

    // Shown without the secret, to whoever manages and to itself.
    for (request, by) in
        [(KEYS.to_owned(), admin), (format!("{KEYS}/{id}"), admin), (format!("{KEYS}/self"), Some(&*key))]
    {
        let shown = server.send(&format!("GET {request}"), by, "");
        assert!(shown.status == 200 && shown.body.contains(&id), "{}", shown.body);
        assert!(!shown.body.contains(&key[27..]) && !shown.body.contains("v1$"), "{}", shown.body);
    }

    // Both hold beside one another; the old one says that it is on its way out.
    let rotated = server.send(&format!("POST {KEYS}/{id}/rotate"), admin, r#"{"grace_seconds":600}"#);
    assert_eq!(rotated.status, 201, "{}", rotated.body);
    let (successor, successor_id) = (rotated.text("key"), rotated.text("id"));
    assert_eq!(server.send("GET /api/v1/models", Some(&successor), "").status, 200);
    let old = server.send("GET /api/v1/models", Some(&key), "");
    assert!(old.status == 200 && !old.header("deprecation").is_empty(), "{}", old.head);

    // Gone with the very next request, for good.
    for (id, key) in [(&successor_id, &successor), (&id, &key)] {
        assert_eq!(server.send(&format!("DELETE {KEYS}/{id}"), admin, "").status, 204);
        let answer = server.send("GET /api/v1/models", Some(key), "");
        assert!(answer.status == 401 && answer.body.contains("Invalid API key"), "{}", answer.body);
        assert_eq!(server.send(&format!("DELETE {KEYS}/{id}"), admin, "").status, 404);
    }
    let last = server.send(&format!("DELETE {KEYS}/{}", id_of(admin.unwrap())), admin, "");
    assert!(last.status == 409 && last.body.contains("last key"), "{}", last.body);
}

/// A key whose only day is over.
fn expired(data: &Path) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = DataDir::open(data).unwrap();
        let database = Database::open(&dir, None).await.unwrap();
        let keys =
            Keys::open(&dir, &database, std::sync::Arc::new(palisade::Tracing), &|_| None).await.unwrap();
        let past = ManualClock::new(UnixTime::from_secs(now() - 2 * DAY));
        let keyring = keys.keyring().clone().clock(Clock::manual(&past));
        let mut new = NewKey::named("past".parse().unwrap());
        new.permissions = inference::permissions::ALL.into_iter().collect();
        new.life = Life::days(1);
        keyring.create(&Caller::operator("test"), new).await.unwrap().key.expose().to_owned()
    })
}

#[test]
fn whatever_is_wrong_with_a_key_the_caller_reads_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start(&data, &[]);
    let admin = server.key();
    let one = |extra: serde_json::Value| {
        let mut body = json!({"name": "x", "permissions": ["read_models"]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        create(&server, &body)
    };
    let elsewhere = one(json!({"networks": ["192.0.2.0/24"]}));
    let disabled = one(json!({}));
    let off = server.send(&format!("PATCH {KEYS}/{}", id_of(&disabled)), admin, r#"{"disabled":true}"#);
    assert_eq!(off.status, 200, "{}", off.body);
    let revoked = one(json!({}));
    assert_eq!(server.send(&format!("DELETE {KEYS}/{}", id_of(&revoked)), admin, "").status, 204);
    let tomorrow = rfc3339::format(now() + DAY);
    let later = ["key", "create", "--name", "later", "--permissions", "all", "--not-before", &tomorrow];
    let later = key_in(&told(&data, &later));
    let mut misspelt = later.clone();
    misspelt.replace_range(40..41, if later.as_bytes()[40] == b'a' { "b" } else { "a" });

    let mut answers = Vec::new();
    for key in [&elsewhere, &disabled, &revoked, &later, &expired(&data), &misspelt, "inference_live_x"] {
        let answer = server.send("GET /api/v1/models", Some(key), "");
        assert_eq!(answer.status, 401, "{}", answer.body);
        assert_eq!(answer.json()["error"]["message"], "Invalid API key");
        answers.push((answer.json(), answer.header("www-authenticate").to_owned()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    // From here it is admitted.
    let here = one(json!({"networks": ["127.0.0.0/8"]}));
    assert_eq!(server.send("GET /api/v1/models", Some(&here), "").status, 200);
}

/// Limit, what is left and when it ends, of the policy that counts the caller.
fn standing(server: &Inference, key: &str) -> (String, u64, u64, u64) {
    let who = server.send("GET /api/v1/auth/whoami", Some(key), "").json();
    let limits = who["limits"].as_array().unwrap();
    let limit =
        limits.iter().find(|limit| limit["policy"].as_str().unwrap().starts_with("principal")).unwrap();
    let number = |name: &str| limit[name].as_u64().unwrap();
    (limit["policy"].as_str().unwrap().to_owned(), number("limit"), number("remaining"), number("reset"))
}

#[test]
fn callers_are_told_who_they_are_and_count_by_their_plan() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start(&data, &[]);
    let key = key_in(&told(
        &data,
        &["key", "create", "--name", "ci", "--permissions", "read_models", "--expires-in-days", "7"],
    ));
    let who = server.send("GET /api/v1/auth/whoami", Some(&key), "").json();
    assert_eq!((&who["kind"], &who["id"]), (&json!("api_key"), &json!(id_of(&key))));
    assert_eq!(who["permissions"], json!(["read_models"]));
    let ends = rfc3339::parse(who["expires_at"].as_str().unwrap()).unwrap();
    assert!((now() + 7 * DAY - 600..=now() + 7 * DAY).contains(&ends));

    let (policy, limit, _, reset) = standing(&server, &key);
    assert_eq!((policy.as_str(), limit, reset % 60), ("principal", 60, 0));
    for (plan, quota) in [("free", 30), ("pro", 600)] {
        let made =
            told(&data, &["key", "create", "--name", plan, "--permissions", "read_models", "--plan", plan]);
        let (policy, limit, _, reset) = standing(&server, &key_in(&made));
        assert_eq!((policy, limit, reset % 60), (format!("principal:{plan}"), quota, 0));
    }
}

#[test]
fn a_key_and_its_successor_share_one_limit() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let key = create(&server, &json!({"name": "ci", "permissions": ["read_models"]}));
    let rotated = server.send(&format!("POST {KEYS}/{}/rotate", id_of(&key)), server.key(), "");
    let successor = rotated.text("key");
    // Again where a minute ends in between.
    loop {
        let (_, _, before, window) = standing(&server, &key);
        let (_, _, after, same) = standing(&server, &successor);
        if window == same {
            assert_eq!(after, before - 1);
            return;
        }
    }
}
