//! Every documented row: the endpoints, their one limit, pages of other origins, and whom each step of the move refuses. Tokens of identity
//! providers have tests of their own in `jwt.rs`.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use face::picture::drawing::{Face as Drawing, png};
use running::{Answer, Face, TOKEN, bearer};
use serde_json::json;

const WRONG: &str = "0HkS1rN3mQ7yTz5wXcVbP2Ae";

fn pictures() -> [Vec<u8>; 2] {
    [Drawing::ADA, Drawing::BOB].map(|face| png(&face.draw(64, 48)))
}

fn compare(face: &Face, lines: &str) -> Answer {
    let [ada, bob] = pictures();
    face.compare(lines, &[("image1", &ada), ("image2", &bob)])
}

fn ask(face: &Face, row: &str, lines: &str) -> Answer {
    if row == "POST /compare" { compare(face, lines) } else { face.send(row, lines, b"") }
}

/// A header that is a whole number.
fn number(answer: &Answer, name: &str) -> u64 {
    answer.header(name).parse().unwrap_or_else(|_| unreachable!("{name}: {answer:?}"))
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let error = &answer.json()["error"];
    assert_eq!((answer.status, &error["code"]), (status, &json!(code)), "{answer:?}");
    assert!(error["message"].is_string() && error.get("details").is_some(), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("www-authenticate").starts_with("Bearer "), [401, 403].contains(&status));
}

#[test]
fn health_stats_and_compare_answer_as_documented() {
    let face = Face::start(&[], &[]);
    let health = face.send("GET /health", "", b"");
    assert_eq!((health.status, health.body.as_str()), (200, "{\"status\":\"ok\"}"));
    let compared = compare(&face, "");
    let figure = compared.json()["similarity"].as_f64().unwrap();
    assert!(compared.status == 200 && (0.0..1.0).contains(&figure), "{compared:?}");
    let stats = face.send("GET /stats", "", b"");
    let told = stats.json();
    assert_eq!((stats.status, &told["auth"]), (200, &json!("off")));
    assert_eq!(told["requests"], json!({ "health": 1, "stats": 1, "compare": 1, "migration": 0 }));
    assert_eq!(told["comparisons"], json!({ "compared": 1, "unusable": 0 }));
    for answer in [&health, &compared, &stats] {
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!((number(answer, "x-ratelimit-limit"), number(answer, "x-ratelimit-remaining")), (10, 9));
        assert!(number(answer, "x-ratelimit-reset") > 1_700_000_000, "a date in seconds: {answer:?}");
        assert_eq!(answer.header("ratelimit-policy"), "\"address\";q=10;w=2");
        assert_eq!(answer.header("retry-after"), "");
    }
}

#[test]
fn what_is_not_there_or_not_so_is_told_in_the_envelope() {
    let face = Face::start(&[], &[]);
    refused(&face.send("GET /none", "", b""), 404, "NOT_FOUND");
    for (row, allow) in [("POST /health", "GET, HEAD"), ("GET /compare", "POST")] {
        let answer = face.send(row, "", b"");
        assert_eq!(answer.status, 405, "{answer:?}");
        assert_eq!(answer.header("allow"), allow, "{row}");
    }
    let [ada, _] = pictures();
    let one = face.compare("", &[("image1", &ada)]);
    refused(&one, 400, "VALIDATION_ERROR");
    assert_eq!(one.json()["error"]["details"][0]["pointer"], "#/image2");
    let long = vec![0; face::upload::MAX_BODY + 1];
    refused(&face.compare("", &[("image1", &long)]), 413, "PAYLOAD_TOO_LARGE");
}

#[test]
fn every_endpoint_admits_ten_at_once_of_an_address_and_then_says_429() {
    let face = Face::start(&[], &[]);
    let rows = [("GET /health", 200), ("GET /stats", 200), ("POST /compare", 400), ("GET /none", 404)];
    for (number_of, (row, status)) in rows.into_iter().enumerate() {
        let address = format!("X-Forwarded-For: 198.51.100.{number_of}\r\n");
        // Ten and five more for each second that passes: so many would take six seconds.
        let answers = face.flood(row, &address, "", 40);
        assert!(answers[..10].iter().all(|answer| answer.status == status), "{row}");
        let refusals: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
        assert!(!refusals.is_empty(), "{row}");
        for answer in refusals {
            refused(answer, 429, "RATE_LIMITED");
            assert_eq!((number(answer, "retry-after"), number(answer, "x-ratelimit-remaining")), (1, 0));
        }
        // Whoever comes from elsewhere is not concerned.
        assert_ne!(face.send(row, "", b"").status, 429, "{row}");
    }
}

#[test]
fn pages_of_any_origin_may_call_every_endpoint() {
    let face = Face::start(&["--auth", "enforce"], &[("FACE_TOKEN", TOKEN)]);
    let origin = "Origin: https://anywhere.example\r\n";
    for row in ["GET /health", "GET /stats", "POST /compare"] {
        for lines in [origin.to_owned(), bearer(TOKEN) + origin] {
            let answer = ask(&face, row, &lines);
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{row} {answer:?}");
            assert_eq!(answer.header("access-control-allow-credentials"), "", "{row}");
        }
        let (method, path) = row.split_once(' ').unwrap();
        let asks = format!("{origin}Access-Control-Request-Method: {method}\r\n");
        let preflight = face.send(&format!("OPTIONS {path}"), &asks, b"");
        assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (200, "*"), "{row}");
    }
}

#[test]
fn each_step_of_the_move_refuses_whom_it_says() {
    let rows = ["GET /health", "GET /stats", "POST /compare", "GET /migration"];
    // To nobody, to a wrong token, and to the right one.
    let check = |mode: &str, expected: [[u16; 3]; 4]| {
        let face = Face::start(&["--auth", mode], &[("FACE_TOKEN", TOKEN)]);
        for (row, statuses) in rows.into_iter().zip(expected) {
            let callers = [String::new(), bearer(WRONG), bearer(TOKEN)];
            for (lines, status) in callers.iter().zip(statuses) {
                let answer = ask(&face, row, lines);
                assert_eq!(answer.status, status, "{mode} {row} {answer:?}");
                if status == 401 {
                    refused(&answer, 401, "AUTHENTICATION_FAILED");
                }
            }
        }
        face.send("GET /stats", &bearer(TOKEN), b"").json()["would_refuse"].clone()
    };
    assert_eq!(check("off", [[200; 3]; 4]), json!(null));
    let told = check("observe", [[200; 3], [200; 3], [200; 3], [401, 401, 200]]);
    assert_eq!(told, json!({ "missing_credential": 2, "unknown_token": 2 }));
    let closed = [401, 401, 200];
    assert_eq!(check("enforce", [[200; 3], closed, closed, closed]), json!(null));
}
