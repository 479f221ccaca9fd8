//! Models over HTTP: made, asked, and deleted; what the cache does; and what may not be sent.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::Inference;
use serde_json::{Value, json};

const MODELS: &str = "/api/v1/models";
const ASK: &str = "POST /api/v1/inference";
const TEXT: &str = "the tide comes in and the tide goes out and the boats wait for the tide and the tide waits for nobody at all.";

fn ask(server: &Inference, model: &str, prompt: &str) -> running::Answer {
    server.send(ASK, server.key(), &json!({"model": model, "prompt": prompt}).to_string())
}

fn names(server: &Inference) -> Vec<String> {
    let all = server.send(&format!("GET {MODELS}"), server.key(), "").json();
    all["models"].as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_model_is_registered_or_uploaded_asked_and_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let key = server.key().unwrap();
    let body = json!({"name": "tides", "description": "of the sea", "order": 2, "text": TEXT}).to_string();
    let made = server.send(&format!("POST {MODELS}"), Some(key), &body);
    assert_eq!((made.status, made.header("location")), (201, "/api/v1/models/tides"), "{}", made.body);
    assert_eq!((&made.json()["order"], &made.json()["corpus_size"]), (&json!(2), &json!(25)));
    let parts = [("name", "tides-2"), ("corpus; filename=tides.txt", TEXT)];
    let made = server.upload(&format!("POST {MODELS}"), key, &parts);
    assert_eq!((made.status, made.header("location")), (201, "/api/v1/models/tides-2"), "{}", made.body);
    let one = server.send(&format!("GET {MODELS}/tides-2"), Some(key), "");
    assert_eq!((one.status, one.json()), (200, made.json()));
    assert_eq!(names(&server), ["llama-7b", "llama-mini", "llama-baker", "tides", "tides-2"]);

    // It says what its text says: behind "the" there are tides and boats, and nothing else.
    for n in 0..10 {
        let answer = ask(&server, "tides", &format!("{n} the")).text("output").to_lowercase();
        assert!(answer.starts_with("tide") || answer.starts_with("boats"), "{answer}");
    }
    let twice = server.send(&format!("POST {MODELS}"), Some(key), &body);
    assert_eq!((twice.status, &twice.json()["error"]["code"]), (409, &json!("CONFLICT")));

    for name in ["tides", "tides-2", "llama-mini"] {
        let gone = server.send(&format!("DELETE {MODELS}/{name}"), Some(key), "");
        assert_eq!((gone.status, &*gone.body), (204, ""));
        for request in [format!("DELETE {MODELS}/{name}"), format!("GET {MODELS}/{name}")] {
            assert_eq!(server.send(&request, Some(key), "").status, 404);
        }
        assert_eq!(ask(&server, name, "the").status, 404);
    }
    // Another one of that name gives no answers of the one before.
    let other = json!({"name": "tides", "text": TEXT.replace("tide", "moon")}).to_string();
    assert_eq!(server.send(&format!("POST {MODELS}"), Some(key), &other).status, 201);
    assert!(!ask(&server, "tides", "0 the").body.contains("tide "));

    let audit = server.send("GET /api/v1/audit?act=model.deleted", Some(key), "").json();
    let targets: Vec<&Value> =
        audit["events"].as_array().unwrap().iter().map(|event| &event["target"]).collect();
    assert_eq!(targets.len(), 6, "each begun, and each done: {audit}");
    assert_eq!(targets[0], "model:llama-mini");
}

#[test]
fn what_makes_no_model_is_told_and_makes_none() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let key = server.key().unwrap();
    let check = |answer: running::Answer, status: u16, pointers: &[&str]| {
        assert_eq!(answer.status, status, "{}", answer.body);
        let found = answer.json()["error"]["details"].clone();
        let found: Vec<_> =
            found.as_array().into_iter().flatten().map(|wrong| wrong["pointer"].clone()).collect();
        assert_eq!(found, pointers, "{}", answer.body);
    };
    let register = |body: Value| server.send(&format!("POST {MODELS}"), Some(key), &body.to_string());
    check(register(json!({"name": "A b", "order": 4, "text": TEXT})), 400, &["/name", "/order"]);
    check(register(json!({"name": "a"})), 400, &["/text"]);
    check(register(json!({"name": "a", "text": "too short"})), 400, &["/text"]);
    check(register(json!({"name": "a", "text": "a ".repeat(200_001)})), 400, &["/text"]);
    check(register(json!({"name": "a", "text": "a".repeat((1 << 20) + 1)})), 400, &["/text"]);
    check(register(json!({"name": "a", "text": "a".repeat(2 << 20)})), 413, &[]);
    check(register(json!({"name": "a", "text": TEXT, "path": "/etc/passwd"})), 400, &["/path"]);
    let upload = |parts: &[(&str, &str)]| server.upload(&format!("POST {MODELS}"), key, parts);
    let corpus = ("corpus; filename=a.txt", TEXT);
    check(upload(&[corpus]), 400, &["/name"]);
    check(upload(&[("name", "a")]), 400, &["/text".replace("text", "corpus").as_str()]);
    check(upload(&[("name", "a"), ("name", "b"), corpus]), 400, &["/name"]);
    check(upload(&[("name", "a"), ("corpus; filename=a.exe", TEXT)]), 400, &["/corpus"]);
    check(upload(&[("name", "a"), ("corpus; filename=../../a.txt", TEXT), ("order", "x")]), 400, &["/order"]);
    check(upload(&[("name", "a"), ("secret", "x"), corpus]), 400, &["/secret"]);
    check(upload(&[("name", "a"), ("corpus; filename=a.txt", &"a".repeat((1 << 20) + 1))]), 413, &[]);
    let kind = format!("Content-Type: text/plain\r\nX-API-Key: {key}");
    check(server.form(&format!("POST {MODELS}"), &kind, TEXT), 415, &[]);
    // Nor does who may not.
    let reader = server.key_with(&["read_models", "run_inference"]);
    let body = json!({"name": "a", "text": TEXT}).to_string();
    for (request, body) in [(format!("POST {MODELS}"), &*body), (format!("DELETE {MODELS}/llama-7b"), "")] {
        assert_eq!(server.send(&request, Some(&reader), body).status, 403);
        assert_eq!(server.send(&request, None, body).status, 401);
    }
    assert_eq!(names(&server), ["llama-7b", "llama-mini", "llama-baker"]);
    let audit = server.send("GET /api/v1/audit?act=model.created", Some(key), "").json();
    assert_eq!(audit["events"], json!([]));

    // There is an end to them.
    for n in 0..13 {
        assert_eq!(register(json!({"name": format!("m{n}"), "text": TEXT})).status, 201);
    }
    check(register(json!({"name": "m13", "text": TEXT})), 409, &[]);
}

#[test]
fn the_same_question_is_answered_from_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let statistics = || server.send("GET /api/v1/cache", server.key(), "").json();
    let first = ask(&server, "llama-7b", "Who keeps the gate?");
    let second = ask(&server, "llama-7b", "Who keeps the gate?");
    assert_eq!((first.header("x-cache"), second.header("x-cache")), ("miss", "hit"));
    assert_eq!(first.body, second.body);
    let told = statistics();
    assert_eq!((&told["hits"], &told["misses"], &told["entries"]), (&json!(1), &json!(1), &json!(1)));
    assert!(told["bytes"].as_u64().unwrap() > 256);
    // What the model did not run for wrote no tokens.
    let tokens = first.json()["usage"]["completion_tokens"].as_f64().unwrap();
    assert_eq!(server.number("inference_tokens{way=\"answer\"}"), tokens);
    assert_eq!(server.number("inference_answers{cache=\"hit\"}"), 1.0);

    let narrow = server.key_with(&["run_inference"]);
    for request in ["GET /api/v1/cache", "DELETE /api/v1/cache"] {
        assert_eq!(server.send(request, Some(&narrow), "").status, 403);
        assert_eq!(server.send(request, None, "").status, 401);
    }
    assert_eq!(statistics()["entries"], 1);
    assert_eq!(server.send("DELETE /api/v1/cache", server.key(), "").status, 204);
    assert_eq!((&statistics()["entries"], &statistics()["hits"]), (&json!(0), &json!(0)));
    assert_eq!(ask(&server, "llama-7b", "Who keeps the gate?").header("x-cache"), "miss");
    let event = server.send("GET /api/v1/audit?act=cache.cleared&limit=1", server.key(), "").json()["events"]
        [0]
    .clone();
    assert_eq!((&event["before"]["entries"], &event["after"]["entries"]), (&json!(1), &json!(0)));
}

#[test]
fn the_largest_body_and_the_longest_prompt_pass_and_one_more_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let body = |prompt: usize, whole: usize| {
        let mut body = json!({"model": "llama-7b", "prompt": "é".repeat(prompt)}).to_string();
        body += &" ".repeat(whole - body.len());
        body
    };
    let most = 10 * 1024 * 1024;
    assert_eq!(server.send(ASK, server.key(), &body(10_000, most)).status, 200);
    assert_eq!(server.number("inference_answers{cache=\"miss\"}"), 1.0);
    for request in [ASK, "POST /api/v1/inference/stream", "POST /api/v1/queue"] {
        let long = server.send(request, server.key(), &body(1, most + 1));
        assert_eq!((long.status, &long.json()["error"]["code"]), (413, &json!("PAYLOAD_TOO_LARGE")));
        let long = server.send(request, server.key(), &body(10_001, 30_000));
        assert_eq!((long.status, &long.json()["error"]["details"][0]["pointer"]), (400, &json!("/prompt")));
    }
    // Refused requests ran nothing.
    assert_eq!(server.number("inference_answers{cache=\"miss\"}"), 1.0);
    assert_eq!(server.number("inference_tokens{way=\"stream\"}"), 0.0);
    let jobs = server.send("GET /api/v1/queue", server.key(), "").json();
    assert_eq!(jobs["jobs"], json!([]));
}
