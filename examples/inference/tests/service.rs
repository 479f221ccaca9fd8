//! The running program: what it answers and refuses.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use inference::{
    accounts::Accounts,
    audit::Audit,
    data_dir::DataDir,
    database::Database,
    limits,
    routes::{Parts, routes},
    service::Service,
    settings::MAX_BODY,
    tuning::Tuning,
};
use palisade::{
    ApiDocument, StackLimits,
    keys::{ApiKeys, KeyFormat, Keyring, MemoryStore, Peppers},
    observe::Explain,
};
use palisade_routes::assert_lock;
use palisade_testing::programs::find;
use running::Inference;
use std::{process::Command, sync::Arc, time::Duration};

const ASK: &str = r#"{"prompt":"Who keeps the gate?","model":"llama-7b"}"#;

#[test]
fn models_answer_whoever_may_ask() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let answer = server.send("POST /api/v1/inference", server.key(), ASK);
    assert!(answer.status == 200 && answer.body.contains("\"model\":\"llama-7b\""), "{}", answer.body);
    let other = server.send("POST /api/v1/inference", server.key(), &ASK.replace("gate", "river"));
    assert_ne!(other.body, answer.body);
    let key = server.key().unwrap();
    for lines in [format!("Authorization: Bearer {key}\r\n"), format!("Authorization: ApiKey {key}\r\n")] {
        assert_eq!(server.send_with("GET /api/v1/models", &lines, "").unwrap().status, 200);
    }
    let both = format!("Authorization: Bearer {key}\r\nX-API-Key: {key}\r\n");
    assert_eq!(server.send_with("GET /api/v1/models", &both, "").unwrap().status, 400);
}

#[test]
fn refusals_are_told_in_one_envelope() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &["--max-body", "1000"]);
    let key = server.key();
    let long = format!(r#"{{"prompt":"{}","model":"llama-7b"}}"#, "x".repeat(2_000));
    for (request, key, body, status, code) in [
        ("GET /api/v1/models", None, "", 401, "AUTHENTICATION_FAILED"),
        ("GET /api/v1/auth/whoami", None, "", 401, "AUTHENTICATION_FAILED"),
        ("GET /api/v1/auth/api-keys", None, "", 401, "AUTHENTICATION_FAILED"),
        ("GET /api/v1/models/none", key, "", 404, "NOT_FOUND"),
        ("POST /api/v1/inference", key, "{", 400, "VALIDATION_ERROR"),
        ("POST /api/v1/inference", key, r#"{"prompt":1,"model":"none","x":2}"#, 400, "VALIDATION_ERROR"),
        ("POST /api/v1/inference", key, r#"{"prompt":"a","model":"none"}"#, 404, "NOT_FOUND"),
        ("POST /api/v1/inference", key, &long, 413, "PAYLOAD_TOO_LARGE"),
        (
            "POST /api/v1/auth/api-keys",
            key,
            r#"{"name":"x","permissions":["root"]}"#,
            400,
            "VALIDATION_ERROR",
        ),
        ("DELETE /api/v1/models", key, "", 405, "METHOD_NOT_ALLOWED"),
        ("GET /nowhere", None, "", 404, "NOT_FOUND"),
    ] {
        let answer = server.send(request, key, body);
        assert_eq!(answer.status, status, "{request} {}", answer.body);
        assert!(answer.body.contains(&format!("{{\"error\":{{\"code\":\"{code}\"")), "{}", answer.body);
    }
}

#[test]
fn the_eleventh_at_once_is_told_when_to_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start(&dir.path().join("data"), &[]);
    let answers: Vec<_> =
        (0..30).map(|_| server.send_once("GET /api/v1/health", None, "").unwrap()).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(!refused.is_empty() && answers[..10].iter().all(|answer| answer.status == 200));
    for answer in refused {
        assert!(answer.header("retry-after") == "1" && answer.body.contains("RATE_LIMITED"), "{answer:?}");
    }
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(server.send_once("GET /api/v1/health", None, "").unwrap().status, 200);
}

/// The lines of a greeting that run curl, as one script. An address may make ten requests at once, and the last line is about that.
fn script(greeting: &str) -> String {
    let lines: Vec<_> = greeting.lines().map(str::trim).filter(|line| line.contains("curl ")).collect();
    let steps: Vec<_> =
        lines.iter().map(|line| format!("echo '== step'\n{line}\necho\nsleep 0.2\n")).collect();
    let (last, first) = steps.split_last().unwrap();
    format!("{}sleep 1\n{last}", first.concat())
}

fn paste(server: &Inference, variables: &[(&str, &str)]) -> Vec<String> {
    let mut shell = Command::new("sh");
    // A proxy of this machine would stand between curl and its loopback interface.
    shell.args(["-c", &script(server.greeting())]).env("NO_PROXY", "*").envs(variables.iter().copied());
    let text = String::from_utf8(shell.output().unwrap().stdout).unwrap();
    text.split("== step\n").skip(1).map(str::to_owned).collect()
}

#[test]
fn the_printed_lines_work_when_pasted() {
    if find("curl", "curl").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start(&data, &[]);
    let (key, password) = (server.key().unwrap().to_owned(), server.password().unwrap().to_owned());
    let expected = [
        ("200 OK", "\"status\":\"ok\""),
        ("200 OK", "llama-baker"),
        ("200 OK", "\"policy\":\"principal\""),
        ("\"name\":\"ci\"", "\"key\":\"inference_live_"),
        ("200 OK", "llama-7b"),
        ("200 OK", "\"api_keys\":[{"),
        ("201 Created", "\"predecessor\":\""),
        ("204 No Content", ""),
        ("401 Unauthorized", "Invalid API key"),
        ("x-cache: miss", "\"output\":"),
        ("x-cache: hit", "\"output\":"),
        ("text/event-stream", "event: done"),
        ("201 Created", "\"name\":\"tides\""),
        ("200 OK", "\"model\":\"tides\""),
        ("204 No Content", ""),
        ("\"status\":\"waiting\"", "\"id\":\""),
        ("200 OK", "\"status\":\"done\""),
        ("\"hits\":1", "\"misses\":2"),
        ("200 OK", "\"max_tokens\":32"),
        ("200 OK", "\"holds\":true"),
        ("inference_answers", "inference_tokens"),
        ("200 OK", "\"database\":\"ready\""),
        ("200 OK", "\"reason\":\""),
        ("\"token_type\":\"Bearer\"", "\"refresh_token\":\""),
        ("200 OK", "\"kind\":\"jwt\""),
        ("200 OK", "\"username\":\"admin\""),
        ("\"token_type\":\"Bearer\"", "\"refresh_token\":\""),
        ("204 No Content", ""),
        ("401 Unauthorized", "invalid_token"),
        (" 200", " 429"),
    ];
    let check = |steps: &[String]| {
        assert_eq!(steps.len(), expected.len(), "{steps:?}");
        for (step, (first, second)) in steps.iter().zip(expected) {
            assert!(step.contains(first) && step.contains(second), "{first} {second}: {step}");
        }
    };
    check(&paste(&server, &[]));
    drop(server);
    let later = Inference::start(&data, &[]);
    assert!(later.key().is_none());
    check(&paste(&later, &[("TOKEN", &key), ("PASSWORD", &password)]));
}

#[tokio::test]
async fn the_lock_of_its_routes() {
    let format = KeyFormat::with_public_checksum("inference", "live").unwrap();
    let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new());
    let keyring = Keyring::new(&keys, inference::permissions::ALL, inference::permissions::MANAGE_USERS);
    let dir = tempfile::tempdir().unwrap();
    let dir = DataDir::open(&dir.path().join("data")).unwrap();
    let database = Database::open(&dir, None).await.unwrap();
    let audit = Audit::open(&dir, None, &|_| None).unwrap();
    let half_an_hour = Duration::from_secs(1_800);
    let accounts = Accounts::open(&dir, &database, half_an_hour, audit.events(), &|_| None).unwrap();
    let parts = Parts {
        service: &Arc::new(Service::new(Tuning::new(10_000), audit, database).unwrap()),
        keyring: &keyring,
        accounts: &accounts,
        standing: &StackLimits::new(),
        streams: &limits::streams().unwrap(),
        explain: &Explain::new(),
        max_body: MAX_BODY,
        document: &ApiDocument::new("Inference", "0"),
    };
    assert_lock!(routes(&parts, String::new), "security.lock");
}
