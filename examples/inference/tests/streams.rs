//! Streams and jobs over HTTP: both write token by token, and both can be stopped.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::Inference;
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Duration,
};

const STREAM: &str = "POST /api/v1/inference/stream";
const QUEUE: &str = "/api/v1/queue";
const LONG: &str = r#"{"model":"llama-7b","prompt":"Who keeps the gate?","max_tokens":512}"#;

fn set(server: &Inference, config: &Value) {
    assert_eq!(server.send("PUT /api/v1/config", server.key(), &config.to_string()).status, 200);
}

/// Asks again until it holds.
fn soon(mut holds: impl FnMut() -> bool) {
    for _ in 0..400 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert!(holds(), "not within twenty seconds");
}

/// A stream whose first events have come.
fn begin(server: &Inference, key: &str, events: usize) -> BufReader<TcpStream> {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = LONG.len();
    let head = format!("{STREAM} HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nContent-Type: application/json");
    write!(socket, "{head}\r\nContent-Length: {length}\r\n\r\n{LONG}").unwrap();
    let mut reader = BufReader::new(socket);
    let (mut line, mut seen) = (String::new(), 0);
    while seen < events {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0);
        seen += usize::from(line.starts_with("data: "));
    }
    reader
}

#[test]
fn a_stream_is_the_answer_token_by_token() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    set(&server, &json!({"tokens_per_second": 1_000}));
    let body = r#"{"model":"llama-7b","prompt":"Who keeps the gate?"}"#;
    let whole = server.send("POST /api/v1/inference", server.key(), body).json();
    let answer = server.send(STREAM, server.key(), body);
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"), "{answer:?}");
    let events: Vec<Value> = answer
        .body
        .lines()
        .filter_map(|line| Some(serde_json::from_str(line.split_once("data: ")?.1).unwrap()))
        .collect();
    let (last, tokens) = events.split_last().unwrap();
    let text: String = tokens.iter().map(|event| event["token"].as_str().unwrap()).collect();
    assert_eq!(
        (&json!(text), &json!(tokens.len())),
        (&whole["output"], &whole["usage"]["completion_tokens"])
    );
    assert!(tokens.iter().enumerate().all(|(at, event)| event["index"] == at));
    assert_eq!((&last["usage"], &last["finish_reason"]), (&whole["usage"], &whole["finish_reason"]));
    assert!(answer.body.contains("event: done\n"));

    // Both permissions are needed.
    for permissions in [&["run_inference"][..], &["use_streaming"]] {
        let narrow = server.key_with(permissions);
        let refused = server.send(STREAM, Some(&narrow), body);
        assert!(refused.status == 403 && refused.body.contains("PERMISSION_DENIED"), "{refused:?}");
        assert!(refused.header("www-authenticate").contains("run_inference"), "{refused:?}");
    }
    assert_eq!(server.send(STREAM, None, body).status, 401);
    assert_eq!(server.send(STREAM, server.key(), r#"{"model":"none","prompt":"x"}"#).status, 404);
    assert_eq!(server.number("inference_tokens{way=\"stream\"}"), tokens.len() as f64);
    // And both together are enough.
    let narrow = server.key_with(&["run_inference", "use_streaming"]);
    assert_eq!(server.send(STREAM, Some(&narrow), body).status, 200);
}

#[test]
fn whoever_hangs_up_stops_the_work_and_gives_back_the_place() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    set(&server, &json!({"tokens_per_second": 5}));
    let key = server.key().unwrap();
    let streams: Vec<_> = (0..4).map(|_| begin(&server, key, 2)).collect();
    assert_eq!(server.number("inference_streams"), 4.0);
    // The fifth at once is one too many, for this caller.
    let refused = server.send_with(STREAM, &format!("X-API-Key: {key}\r\n"), LONG).unwrap();
    assert_eq!((refused.status, &refused.json()["error"]["details"]["policy"]), (429, &json!("streams")));
    assert!(!refused.header("retry-after").is_empty());
    let other = server.key_with(&["run_inference", "use_streaming"]);
    drop(begin(&server, &other, 1));

    drop(streams);
    soon(|| server.number("inference_streams") == 0.0);
    let written = server.number("inference_tokens{way=\"stream\"}");
    thread::sleep(Duration::from_millis(600));
    assert_eq!(server.number("inference_tokens{way=\"stream\"}"), written);
    assert!(written < 100.0, "{written} tokens were written for nobody");
    drop(begin(&server, key, 1));
    assert!(server.access("client_closed").contains("/api/v1/inference/stream"));
}

#[cfg(unix)]
#[test]
fn whoever_is_being_answered_is_answered_to_the_end_before_it_stops() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut server = Inference::start_wide(&data, &[]);
    let key = server.key().unwrap().to_owned();
    let mut stream = begin(&server, &key, 2);
    assert_eq!(server.send("DELETE /api/v1/models/llama-mini", Some(&key), "").status, 204);
    assert!(server.terminate().success(), "{}", server.log());
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("event: done"), "{rest}");
    assert!(TcpStream::connect(server.address()).is_err());
    // And what happened last is on the record.
    drop(server);
    let server = Inference::start(&data, &[]);
    let log = server.send("GET /api/v1/audit?act=model.deleted", Some(&key), "").json();
    assert_eq!((&log["events"][0]["outcome"], &log["chain"]["holds"]), (&json!("done"), &json!(true)));
}

#[test]
fn a_job_is_left_listed_read_and_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    let server = Inference::start_wide(&dir.path().join("data"), &[]);
    let key = server.key();
    let put = |body: &str| server.send(&format!("POST {QUEUE}"), key, body);
    let job = |id: &str| server.send(&format!("GET {QUEUE}/{id}"), key, "");
    set(&server, &json!({"tokens_per_second": 1_000}));
    let left = put(r#"{"model":"llama-7b","prompt":"Who keeps the gate?"}"#);
    let id = left.text("id");
    assert_eq!((left.status, left.header("location")), (202, &*format!("{QUEUE}/{id}")), "{}", left.body);
    soon(|| job(&id).json()["status"] == "done");
    let body = r#"{"model":"llama-7b","prompt":"Who keeps the gate?"}"#;
    let whole = server.send("POST /api/v1/inference", key, body).json();
    assert_eq!(job(&id).json()["result"], whole);

    // One runs slowly, and two more wait: there is room for no other.
    set(&server, &json!({"tokens_per_second": 2, "max_queue": 2}));
    let running = put(LONG).text("id");
    soon(|| job(&running).json()["status"] == "running");
    let (waiting, last) = (put(LONG).text("id"), put(LONG).text("id"));
    let full = put(LONG);
    assert_eq!((full.status, &full.json()["error"]["code"]), (503, &json!("SERVICE_UNAVAILABLE")));
    assert!(!full.header("retry-after").is_empty());
    let list = server.send(&format!("GET {QUEUE}"), key, "").json();
    assert_eq!((&list["waiting"], &list["running"], &list["finished"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!(list["jobs"][0]["id"], *last);
    assert!(!list.to_string().contains("gate"), "prompts and answers of others are not listed");

    assert_eq!(server.send(&format!("DELETE {QUEUE}/{running}"), key, "").status, 204);
    assert_eq!(job(&running).json()["status"], "cancelled");
    soon(|| job(&waiting).json()["status"] == "running");
    // What was refused and who may not: nothing of theirs ran or stopped.
    let narrow = server.key_with(&["run_inference"]);
    for request in [
        format!("POST {QUEUE}"),
        format!("GET {QUEUE}"),
        format!("DELETE {QUEUE}"),
        format!("DELETE {QUEUE}/{waiting}"),
    ] {
        assert_eq!(server.send(&request, Some(&narrow), LONG).status, 403);
        assert_eq!(server.send(&request, None, LONG).status, 401);
    }
    assert_eq!(job(&waiting).json()["status"], "running");
    assert_eq!(server.send(&format!("DELETE {QUEUE}"), key, "").status, 204);
    for id in [&id, &running, &waiting, &last] {
        assert_eq!(job(id).status, 404);
    }
    assert_eq!(server.send(&format!("DELETE {QUEUE}/{id}"), key, "").status, 404);
}
