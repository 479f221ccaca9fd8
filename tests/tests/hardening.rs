//! What may come in, and what goes out beside the answer, over the whole stack.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use http::{Method, StatusCode};
use palisade::{
    NetworkRules, Networks, SecurityHeaders, Stack,
    routes::{Routes, StrictJson, get as read, post},
};
use serde::Deserialize;
use serde_json::Value;
use std::{fs::File, io::Write as _, path::Path, process::Command, time::Duration};
use tests::{
    client::{Answer, get, request, send, with_token},
    program::has,
    server::{Handled, Server, TOKEN, routes, stack, stack_with_cors},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::spawn_blocking,
};

const MEGABYTE: usize = 1_000_000;

fn app(stack: Stack, handled: &Handled) -> palisade::Protected {
    stack.protect(routes(handled)).unwrap()
}

async fn ask(stack: Stack, path: &str) -> (Answer, u64) {
    let handled = Handled::default();
    let answer = send(&app(stack, &handled), with_token(get(path), TOKEN)).await;
    (answer, handled.count())
}

async fn refused(path: &str) {
    let (answer, handled) = ask(stack(), path).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "VALIDATION_ERROR"), "{path}");
    assert_eq!(handled, 0, "{path}");
    assert!(!answer.header("x-request-id").is_empty(), "{path}");
}

#[tokio::test]
async fn a001_a002_empty_and_dot_segments_are_refused_before_routing() {
    for path in ["//v1/models", "/v1//models", "/v1/./models", "/v1/%2e/models"] {
        refused(path).await;
    }
}

#[tokio::test]
async fn a004_nothing_climbs_out_of_a_public_wildcard() {
    for path in [
        "/public/../v1/models",
        "/public/%2e%2e/v1/models",
        "/public/..%2fv1/models",
        "/public/%252e%252e/v1/models",
    ] {
        refused(path).await;
    }
    // Whoever takes such paths gets what the router makes of them, which is still no other route.
    let (answer, handled) = ask(stack().dangerous_any_path(), "/public/%2e%2e/v1/models").await;
    assert_eq!((answer.status.as_u16(), handled), (200, 0));
}

#[tokio::test]
async fn a005_a009_encoded_delimiters_and_control_characters_are_refused() {
    for path in [
        "/v1/models%2f",
        "/v1%2fmodels",
        "/v1/models%5c",
        "/v1/models;x=1",
        "/v1/models%00",
        "/v1/models%0a",
        "/v1/models%0d%0aX:y",
        "/v1/models%e2%80%a8",
        "/v1/models%ff",
    ] {
        refused(path).await;
    }
}

#[tokio::test]
async fn a006_a_slash_at_the_end_is_a_path_of_its_own() {
    assert_eq!(ask(stack(), "/v1/models/").await.0.status, 404);
    assert_eq!(ask(stack(), "/v1/models").await.0.status, 200);
}

#[tokio::test]
async fn every_answer_has_security_headers() {
    let handled = Handled::default();
    let app = app(stack_with_cors(), &handled);
    let stranger = |path| get(path);
    for (request, expected, cache) in [
        (stranger("/healthz"), 200, ""),
        (stranger("/v1/models"), 401, "no-store"),
        (with_token(stranger("/v1/models"), TOKEN), 200, "no-store"),
        (with_token(stranger("/healthz"), TOKEN), 200, "no-store"),
        (stranger("/nowhere"), 404, "no-store"),
        (stranger("//"), 400, "no-store"),
        (with_token(stranger("/v1/panic"), TOKEN), 500, "no-store"),
    ] {
        let path = request.uri().clone();
        let answer = send(&app, request).await;
        assert_eq!(answer.status, expected, "{path}");
        let told = ["x-content-type-options", "content-security-policy", "referrer-policy", "cache-control"]
            .map(|name| answer.header(name));
        let policy = "default-src 'none'; frame-ancestors 'none'";
        assert_eq!(told, ["nosniff", policy, "no-referrer", cache], "{path}");
        assert!(!answer.headers.contains_key("server"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
    let https = send(&app, get("https://good.example/healthz")).await;
    assert_eq!(https.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn security_headers_can_be_left_out_and_set() {
    let (without, _) = ask(stack().security_headers(None), "/v1/models").await;
    assert_eq!((without.header("referrer-policy"), without.header("cache-control")), ("", ""));
    let headers =
        SecurityHeaders::api().varying_on([http::HeaderName::from_static("x-tenant")]).always_https();
    let (with, _) = ask(stack().security_headers(headers), "/v1/models").await;
    assert_eq!(with.header("vary"), "x-tenant");
    assert_eq!(with.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn networks_are_refused_before_anything_is_asked_of_them() {
    let networks = Networks::new(NetworkRules::new().deny(["192.0.2.0/24"]).unwrap());
    let handled = Handled::default();
    let app = app(stack().networks(networks.clone()), &handled);
    let denied = send(&app, with_token(get("/v1/models"), TOKEN)).await;
    assert_eq!(
        (denied.status.as_u16(), denied.code().as_str(), handled.count()),
        (403, "PERMISSION_DENIED", 0)
    );
    networks.replace(NetworkRules::new().allow(["192.0.2.1"]).unwrap());
    assert_eq!(send(&app, with_token(get("/v1/models"), TOKEN)).await.status, 200);

    let office = Networks::new(NetworkRules::new().allow(["10.0.0.0/8"]).unwrap());
    let routes = Routes::new()
        .route("/open", read(async || "ok").public())
        .route("/closed", read(async || "ok").public().guard(office));
    let app = stack().protect(routes).unwrap();
    assert_eq!(send(&app, get("/open")).await.status, 200);
    assert_eq!(send(&app, get("/closed")).await.status, 403);
}

#[derive(Deserialize)]
struct Inference {
    prompt: String,
}

/// Routes that take up to 10 MB.
async fn large() -> Server {
    let strict = async |StrictJson(Inference { prompt }): StrictJson<Inference>| prompt.len().to_string();
    let routes = Routes::new()
        .route(
            "/bytes",
            post(async |body: bytes::Bytes| body.len().to_string()).public().body_limit(10 * MEGABYTE),
        )
        .route("/json", post(strict).public().body_limit(10 * MEGABYTE))
        .route("/brief", post(async |body: String| body).public().body_deadline(Duration::from_millis(300)));
    Server::serve(stack().protect(routes).unwrap(), Handled::default()).await
}

/// What curl prints: the body, and behind it the status.
async fn curl(file: &Path, url: String, headers: &'static [&'static str]) -> (u16, String) {
    let file = file.to_owned();
    let output = spawn_blocking(move || {
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            "--http1.1",
            "--noproxy",
            "*",
            "--max-time",
            "60",
            "-X",
            "POST",
            "-w",
            "\n%{http_code}",
        ]);
        for header in headers {
            curl.args(["-H", header]);
        }
        curl.arg("-T").arg(file).arg(url).output().unwrap()
    });
    let output = output.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a275_curl_reads_the_413_of_a_body_that_is_too_long() {
    if !has("curl", "curl") {
        return;
    }
    let server = large().await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("body");
    File::create(&path).unwrap().write_all(&vec![b' '; 20 * MEGABYTE]).unwrap();
    for url in ["bytes", "json"] {
        let url = format!("http://{}/{url}", server.addr);
        for headers in [
            &["Transfer-Encoding: chunked", "Expect:", "Content-Type: application/json"][..],
            &["Expect:", "Content-Type: application/json"],
            &["Content-Type: application/json"],
        ] {
            let (status, body) = curl(&path, url.clone(), headers).await;
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(
                (status, &body["error"]["code"]),
                (413, &"PAYLOAD_TOO_LARGE".into()),
                "{url} {headers:?}"
            );
        }
    }
}

/// What the server says to these bytes, after which nothing more is sent.
async fn slowly(server: &Server, sent: &str) -> String {
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408_and_the_connection_closed() {
    let server = large().await;
    for framing in ["content-length: 10\r\n\r\nabc", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"] {
        let answer = slowly(&server, &format!("POST /brief HTTP/1.1\r\nhost: a\r\n{framing}")).await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn heads_that_are_too_large_are_431_in_the_envelope() {
    let handled = Handled::default();
    let app = app(stack(), &handled);
    let mut many = get("/healthz");
    for _ in 0..65 {
        many.headers_mut().append("x", "y".parse().unwrap());
    }
    let mut long = request(Method::GET, "/healthz");
    long.headers_mut().insert("x", "y".repeat(17 * 1024).parse().unwrap());
    for request in [many, long] {
        let answer = send(&app, request).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "HEADERS_TOO_LARGE")
        );
    }
}

#[tokio::test]
async fn targets_of_more_than_8_kib_are_414_in_the_envelope() {
    for (length, expected) in [(8 * 1024 - 8, 200), (8 * 1024, 414)] {
        let (answer, _) = ask(stack(), &format!("/healthz?{}", "x".repeat(length))).await;
        assert_eq!(answer.status, expected, "{length}");
        assert_eq!(answer.code(), if expected == 414 { "URI_TOO_LONG" } else { "" });
    }
}
