//! From open to closed in three steps, over a socket.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use face::picture::drawing::{Face as Drawing, png};
use running::{Answer, Face, TOKEN, bearer};
use serde_json::json;

const WRONG: &str = "0HkS1rN3mQ7yTz5wXcVbP2Ae";

fn compare(face: &Face, lines: &str) -> Answer {
    let picture = png(&Drawing::ADA.draw(64, 48));
    face.compare(lines, &[("image1", &picture), ("image2", &picture)])
}

#[test]
fn off_is_open_whatever_is_presented_and_says_so_once() {
    let face = Face::start(&[], &[]);
    for lines in ["", &bearer(WRONG)] {
        assert_eq!(compare(&face, lines).status, 200);
        let stats = face.send("GET /stats", lines, b"");
        assert_eq!(stats.status, 200);
        assert_eq!((&stats.json()["auth"], &stats.json()["would_refuse"]), (&json!("off"), &json!(null)));
    }
    let log = face.log();
    assert_eq!(log.lines().filter(|line| line.contains("WARN")).count(), 1, "{log}");
    assert!(log.contains("authentication is disabled"), "{log}");
}

#[test]
fn observe_refuses_nobody_and_tells_who_would_be() {
    let face = Face::start(&["--auth", "observe"], &[("FACE_TOKEN", TOKEN)]);
    let client = "X-Forwarded-For: 198.51.100.7\r\n";
    for (lines, times) in [(client.to_owned(), 2), (bearer(WRONG) + client, 1), (bearer(TOKEN), 3)] {
        for _ in 0..times {
            let answer = compare(&face, &lines);
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    }
    assert_eq!(face.send("GET /health", "", b"").status, 200);
    let stats = face.send("GET /stats", &bearer(TOKEN), b"").json();
    assert_eq!(stats["auth"], "observe");
    assert_eq!(stats["would_refuse"], json!({"missing_credential": 2, "unknown_token": 1}));
    assert_eq!(stats["requests"]["compare"], 6);

    // Addresses are nobody's business: this route was never open.
    assert_eq!(face.send("GET /migration", "", b"").status, 401);
    let report = face.send("GET /migration", &bearer(TOKEN), b"");
    assert_eq!(report.status, 200, "{}", report.body);
    let report = report.json();
    assert_eq!(report["ready"]["FACE_TOKEN"], 5, "{report}");
    let lines: Vec<_> = report["would_refuse"].as_array().unwrap().iter().collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["caller"].clone(), line["reason"].clone(), line["count"].clone()))
        .collect();
    let caller = json!({"address": "198.51.100.7"});
    assert_eq!(
        told,
        [(caller.clone(), json!("missing_credential"), json!(2)), (caller, json!("unknown_token"), json!(1))]
    );
    assert!(
        lines
            .iter()
            .all(|line| line["route"] == "/compare" && line["first"].as_u64() <= line["last"].as_u64())
    );
    let log = face.log();
    assert_eq!(log.matches("would have refused").count(), 3, "{log}");
    assert!(!log.contains(TOKEN) && !log.contains(WRONG));
}

#[test]
fn observe_limits_as_before() {
    let face = Face::start(&["--auth", "observe"], &[("FACE_TOKEN", TOKEN)]);
    let answers = face.flood("GET /stats", "", "", 30);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!refused.is_empty() && refused.iter().all(|answer| answer.header("retry-after") == "1"));
}

#[test]
fn enforce_asks_everybody_but_for_health() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("face.toml");
    let kiosk = dir.path().join("kiosk");
    std::fs::write(&kiosk, format!("{WRONG}\n")).unwrap();
    let text = format!(
        "auth = \"enforce\"\n[[tokens]]\nname = \"kiosk\"\nfile = \"{}\"\nscopes = [\"compare\"]\n",
        kiosk.display()
    );
    std::fs::write(&config, text).unwrap();
    let face = Face::start(&["--config", config.to_str().unwrap()], &[("FACE_TOKEN", TOKEN)]);
    let (all, kiosk) = (bearer(TOKEN), bearer(WRONG));
    for (request, lines, status) in [
        ("GET /health", "", 200),
        ("GET /stats", "", 401),
        ("GET /stats", &all, 200),
        ("GET /stats", &kiosk, 403),
        ("GET /stats", &bearer("nobody-knows-this-one-0123"), 401),
        ("GET /stats", &all.repeat(2), 400),
        ("GET /migration", "", 401),
        ("GET /migration", &kiosk, 403),
        ("DELETE /compare", "", 401),
        ("GET /nowhere", "", 404),
    ] {
        let answer = face.send(request, lines, b"");
        assert_eq!(answer.status, status, "{request} {lines} {}", answer.body);
        assert_eq!(
            answer.header("www-authenticate").starts_with("Bearer realm=\"api\""),
            [401, 403].contains(&status)
        );
    }
    assert_eq!(compare(&face, "").status, 401);
    assert_eq!(compare(&face, &all).status, 200);
    assert_eq!(compare(&face, &kiosk).status, 200);
}
