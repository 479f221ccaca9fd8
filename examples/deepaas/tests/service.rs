//! The running program, over a socket: every line of its contract.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Deepaas, bearer};

const TOKEN: &str = "my-secret-token";
const PREDICT: &str = "/v2/models/my-model/predict";

#[test]
fn the_documented_command_serves_and_guards_the_models() {
    let server = Deepaas::start(&["--auth-bearer-token", TOKEN]);
    let known = bearer(TOKEN);
    for (head, lines, status) in [
        ("GET /", "", 200),
        ("GET /v2/", "", 200),
        ("GET /v2/models/", "", 401),
        ("GET /v2/models/", known.as_str(), 200),
        ("GET /v2/models/", &known.to_lowercase(), 200),
        ("GET /v2/models/", &bearer("wrong"), 401),
        ("GET /v2/models/", &known.repeat(2), 400),
        ("GET /v2/models/my-model/", &known, 200),
        ("GET /v2/models/my-model/", "", 401),
        ("GET /v2/models/unknown/", "", 401),
        ("GET /v2/models/unknown/", &known, 404),
        ("GET /v2/models", "", 401),
        ("GET /v2/models/a/b/c", "", 401),
        ("GET /v2/models/a/b/c", &known, 404),
        ("DELETE /v2/models/my-model/predict", "", 401),
        ("POST /v2/models/my-model/predict", "", 401),
        ("GET /nowhere", &known, 404),
    ] {
        let answer = server.send(head, lines, b"");
        assert_eq!(answer.status, status, "{head} {lines:?} {}", answer.body);
        if status >= 400 {
            assert!(answer.body.starts_with("{\"error\":{\"code\":\""), "{}", answer.body);
        }
        assert_eq!(status == 401, answer.head.contains("www-authenticate: Bearer"), "{}", answer.head);
    }
    assert!(server.log().contains("weak token"), "{}", server.log());
}

#[test]
fn two_pictures_are_answered_differently_and_no_picture_is_400() {
    let server = Deepaas::start(&["--auth-bearer-token", TOKEN]);
    let sunset = server.upload(PREDICT, &bearer(TOKEN), Some(include_bytes!("../pictures/sunset.png")));
    let chip = server.upload(PREDICT, &bearer(TOKEN), Some(include_bytes!("../pictures/chip.png")));
    assert_eq!((sunset.status, chip.status), (200, 200), "{} {}", sunset.body, chip.body);
    assert_ne!(sunset.body, chip.body);
    let words = server.upload(PREDICT, &bearer(TOKEN), Some(b"no picture"));
    let none = server.upload(PREDICT, &bearer(TOKEN), None);
    let empty = server.send(&format!("POST {PREDICT}"), &bearer(TOKEN), b"");
    let unbounded = format!("{}content-type: multipart/form-data\r\n", bearer(TOKEN));
    let unbounded = server.send(&format!("POST {PREDICT}"), &unbounded, b"x");
    for answer in [words, none, empty, unbounded] {
        assert_eq!(answer.status, 400);
        assert!(
            answer.body.contains("\"VALIDATION_ERROR\"") && answer.body.contains("#/data"),
            "{}",
            answer.body
        );
    }
    let stranger = server.upload(PREDICT, "", Some(include_bytes!("../pictures/chip.png")));
    assert_eq!(stranger.status, 401);
}

#[test]
fn without_a_token_every_endpoint_is_open_and_one_warning_says_so() {
    let server = Deepaas::start(&[]);
    for head in ["GET /", "GET /v2/models/", "GET /v2/models/my-model/"] {
        assert_eq!(server.send(head, "", b"").status, 200, "{head}");
        assert_eq!(server.send(head, &bearer("anything"), b"").status, 200, "{head}");
    }
    let stderr = server.log();
    assert_eq!(stderr.lines().filter(|line| line.contains("WARN")).count(), 1, "{stderr}");
    assert!(stderr.contains("authentication is disabled"), "{stderr}");
}

#[test]
fn the_token_is_never_printed() {
    let server = Deepaas::start(&["--auth-bearer-token", "canary-canary-canary-0123456789"]);
    let _ = server.send("GET /v2/models/", &bearer("canary-canary-canary-0123456789"), b"");
    assert!(!server.greeting().contains("canary") && !server.log().contains("canary"));
}

#[test]
fn the_lock_of_its_routes() {
    let document = palisade::ApiDocument::new("Image models", "0");
    palisade_routes::assert_lock!(deepaas::server::routes(&document), "security.lock");
}
