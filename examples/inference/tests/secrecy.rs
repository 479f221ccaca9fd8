//! Nothing that is secret is written where it does not belong.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Inference, id_of, key_in, refused, told};
use std::{fs, path::Path};

const KEYS: &str = "/api/v1/auth/api-keys";

fn holds(text: &[u8], secret: &str) -> bool {
    text.windows(secret.len()).any(|window| window == secret.as_bytes())
}

/// Every file of the data directory but the one that is made for secrets.
fn files(data: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| !path.ends_with("secrets.json"));
    files.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

#[test]
fn a075_no_secret_is_in_the_database_its_log_the_program_log_or_a_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start(&data, &["--log-level", "trace"]);
    let admin = server.key().unwrap().to_owned();
    let wanted = r#"{"name":"ci","permissions":["read_models"]}"#;
    let made = server.send(&format!("POST {KEYS}"), Some(&admin), wanted).text("key");
    let rotated = server.send(&format!("POST {KEYS}/{}/rotate", id_of(&made)), Some(&admin), "").text("key");
    let offline = key_in(&told(
        &data,
        &["key", "create", "--name", "x", "--permissions", "all", "--log-level", "warn"],
    ));
    let noisy = running::run(
        &data,
        &["key", "create", "--name", "y", "--permissions", "all", "--log-level", "trace"],
        &[],
    );
    let traced = key_in(&String::from_utf8(noisy.stdout).unwrap());

    let mut refusals = String::new();
    for (request, key, body) in [
        ("POST /api/v1/inference", &made, "{}"),
        ("GET /api/v1/auth/api-keys", &made, ""),
        ("POST /api/v1/inference", &offline, "{"),
        ("GET /api/v1/models/none", &rotated, ""),
        ("POST /api/v1/auth/api-keys", &admin, r#"{"name":1}"#),
    ] {
        let answer = server.send(request, Some(key), body);
        assert!(answer.status >= 400, "{request}");
        refusals += &(answer.head + &answer.body);
    }
    // A key in the wrong place, beside itself, and cut off.
    let lines = format!("X-API-Key: {made}\r\nAuthorization: Bearer {made}\r\n");
    for (lines, body) in [
        (lines, String::new()),
        (format!("X-API-Key: {}\r\n", &made[..70]), String::new()),
        (format!("X-API-Key: {admin}\r\n"), format!(r#"{{"name":"{made}{made}","permissions":["{made}"]}}"#)),
    ] {
        let answer = server.send_with(&format!("POST {KEYS}"), &lines, &body).unwrap();
        assert!(answer.status >= 400, "{}", answer.body);
        refusals += &(answer.head + &answer.body);
    }
    assert_eq!(server.send(&format!("DELETE {KEYS}/{}", id_of(&made)), Some(&admin), "").status, 204);
    refusals += &server.send("GET /api/v1/models", Some(&made), "").body;
    refusals += &refused(&data, &["key", "revoke", &made], &[]);

    let secrets: serde_json::Value =
        serde_json::from_slice(&fs::read(data.join("secrets.json")).unwrap()).unwrap();
    let mut hidden: Vec<String> =
        ["check_key", "pepper"].iter().map(|name| secrets[name].as_str().unwrap().to_owned()).collect();
    // What stands behind prefix and id is secret, and so is half of it.
    for key in [&admin, &made, &rotated, &offline, &traced] {
        hidden.extend([key[27..70].to_owned(), key[27..48].to_owned(), key[49..70].to_owned()]);
    }
    let mut places = files(&data);
    assert!(places.iter().any(|(name, _)| name.ends_with("-wal")), "the log of changes is read too");
    let log = server.log();
    assert!(log.contains(id_of(&rotated)), "what happened is told: {log}");
    places.push(("log".to_owned(), log.into_bytes()));
    places.push(("log of a command".to_owned(), noisy.stderr));
    places.push(("refusals".to_owned(), refusals.into_bytes()));
    let look = |places: &[(String, Vec<u8>)]| {
        for (name, text) in places {
            for (at, secret) in hidden.iter().enumerate() {
                assert!(!holds(text, secret), "{name} holds secret {at}");
            }
        }
    };
    look(&places);
    // And after everything was written back.
    drop(server);
    told(&data, &["key", "list"]);
    look(&files(&data));
    // The search finds what is there.
    assert!(holds(admin.as_bytes(), &hidden[2]));
}
