//! One line a request, whatever becomes of it, and no secret in any.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::body::Body;
use futures_util::stream;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use palisade::{
    AccessLog, Protected,
    routes::{Routes, get as endpoint},
};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::{
    client::{get, request, send, send_from, with_token},
    server::{CANARY, Handled, POOR, TOKEN, routes, stack},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tower::ServiceExt as _;

#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until so many lines are there.
    async fn lines_when(&self, many: usize) -> Vec<Value> {
        for _ in 0..500 {
            if self.lines().len() >= many {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        self.lines()
    }
}

fn app() -> (Out, Protected) {
    let out = Out::default();
    let log = AccessLog::json(out.clone()).query(["page"]).build().unwrap();
    let app = stack().access_log(log).address_limit("100/minute").protect(routes(&Handled::default()));
    (out, app.unwrap())
}

/// Sends one request and returns its line.
async fn line(request: Request<Body>) -> Value {
    let (out, app) = app();
    send_from(&app, [192, 0, 2, 7], request).await;
    drop(app);
    let [line] = <[Value; 1]>::try_from(out.lines()).unwrap();
    line
}

async fn check(request: Request<Body>, expected: Value) {
    let line = line(request).await;
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&line[name], value, "{name}: {line}");
    }
}

#[tokio::test]
async fn every_request_has_its_line() {
    check(
        with_token(get("/v1/models/secret-name?page=2&x=3"), TOKEN),
        json!({
            "client": "192.0.2.7", "principal": "static:ci", "method": "GET", "route": "/v1/models/{name}",
            "query": { "page": "2" }, "status": 200, "bytes_out": 8, "outcome": "complete", "limit": "address",
            "remaining": 99, "denied": null,
        }),
    )
    .await;
    check(
        get("/v1/models"),
        json!({ "status": 401, "denied": "missing_credential", "principal": null, "route": "/v1/models" }),
    )
    .await;
    check(
        with_token(request(Method::POST, "/v1/inference"), POOR),
        json!({ "status": 403, "principal": "static:poor", "route": "/v1/inference" }),
    )
    .await;
    check(get("/no/such/path"), json!({ "status": 404, "route": null, "principal": null })).await;
    check(with_token(get("/v1/panic"), TOKEN), json!({ "status": 500, "route": "/v1/panic" })).await;
    check(request(Method::HEAD, "/healthz"), json!({ "method": "HEAD", "status": 200, "bytes_out": 0 }))
        .await;
    let mut upload = with_token(request(Method::POST, "/v1/models"), TOKEN);
    *upload.body_mut() = Body::from("twelve bytes");
    check(upload, json!({ "status": 200, "bytes_in": 12 })).await;
}

#[tokio::test]
async fn what_would_be_refused_is_told() {
    let out = Out::default();
    let log = AccessLog::json(out.clone()).build().unwrap();
    let app = stack().access_log(log).report_only().protect(routes(&Handled::default())).unwrap();
    assert_eq!(send(&app, get("/v1/models")).await.status, 200);
    drop(app);
    assert_eq!(out.lines()[0]["would_deny"], json!(["missing_credential"]));
}

#[tokio::test]
async fn a278_secrets_of_a_request_are_in_no_line() {
    let canary = "s3cr3tc4n4ry";
    for make in [|out| AccessLog::json(out), |out: Out| AccessLog::text(out)] {
        let out = Out::default();
        let log = make(out.clone()).query(["page"]).build().unwrap();
        let app = stack().access_log(log).protect(routes(&Handled::default())).unwrap();
        for path in ["/v1/models", "/public/x", "/v1/panic", "/nowhere"] {
            let target = format!(
                "http://user:{canary}@example.org{path}?access_token={canary}&page=password%3D{canary}#x"
            );
            let request = Request::get(target.split('#').next().unwrap())
                .header("authorization", format!("Bearer {TOKEN}"))
                .header("cookie", format!("session={canary}"))
                .header("referer", format!("https://example.org/?code={canary}"))
                .header("x-api-key", canary)
                .header("user-agent", canary)
                .header("x-request-id", canary)
                .header("signature", canary)
                .body(Body::empty())
                .unwrap();
            send(&app, request).await;
        }
        drop(app);
        let text = out.text();
        assert_eq!(text.lines().count(), 4);
        for secret in [canary, TOKEN, CANARY, "user:"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

/// Chunks without end.
async fn chunks() -> Body {
    Body::from_stream(stream::unfold((), async |()| {
        sleep(Duration::from_millis(5)).await;
        Some((Ok::<_, Infallible>("chunk of sixteen"), ()))
    }))
}

#[tokio::test]
async fn a291_who_hangs_up_leaves_one_line_too() {
    let out = Out::default();
    let log = AccessLog::json(out.clone()).build().unwrap();
    let endless = Routes::new().route("/chunks", endpoint(chunks).public());
    let app = stack().access_log(log).protect(endless).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut socket = TcpStream::connect(addr).await.unwrap();
    socket.set_zero_linger().unwrap();
    socket.write_all(b"GET /chunks HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let (mut some, mut read) = ([0; 4_096], 0);
    while !some.windows(16).any(|seen| seen == b"chunk of sixteen") {
        read += socket.read(&mut some[read..]).await.unwrap();
    }
    drop(socket);
    let lines = out.lines_when(1).await;
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["outcome"], &lines[0]["status"]), (&json!("client_closed"), &json!(200)));
    assert!(lines[0]["bytes_out"].as_u64() >= Some(16), "{lines:?}");
    assert!(lines[0]["total_us"].as_u64() >= lines[0]["first_byte_us"].as_u64());
    server.abort();
}

#[tokio::test]
async fn a_line_is_written_when_the_body_ends_and_not_before() {
    let (out, app) = app();
    let mut body = app.oneshot(get("/healthz")).await.unwrap().into_body();
    sleep(Duration::from_millis(50)).await;
    assert!(out.lines().is_empty());
    while body.frame().await.is_some() {}
    drop(body);
    assert_eq!(out.lines_when(1).await.len(), 1);
}
