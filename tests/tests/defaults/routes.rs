//! Routes, methods and bodies.

use super::{app, stack, with};
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Method, StatusCode};
use palisade::routes::{DEFAULT_BODY_LIMIT, Routes, get, post};
use tests::{
    client::{get as read, request, send, with_token},
    server::{POOR, TOKEN},
};

macro_rules! refused_by_the_compiler {
    ($($case:literal)*) => {
        [$((
            include_str!(concat!("../../../crates/palisade-routes/tests/compile_fail/", $case, ".rs")),
            include_str!(concat!("../../../crates/palisade-routes/tests/compile_fail/", $case, ".stderr")),
        )),*]
    };
}

#[test]
fn routes_have_no_policy() {
    let cases = refused_by_the_compiler!("no_policy" "bare_handler" "no_policy_for_the_second_method");
    for (case, told) in cases {
        assert!(case.contains("Routes::new()"), "{case}");
        assert!(told.contains("this handler states no policy"), "{told}");
    }
}

#[tokio::test]
async fn unknown_paths_are_404() {
    let moved = Routes::new().fallback(get(async || "here").public());
    for (app, expected) in [(app(stack()), 404), (stack().protect(moved).unwrap(), 200)] {
        for path in ["/nowhere", "/v1", "/v1/models/a/b"] {
            for request in [read(path), with_token(read(path), TOKEN), with_token(read(path), "wrong")] {
                assert_eq!(send(&app, request).await.status, expected, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn undeclared_methods_are_401_for_strangers() {
    let app = app(stack());
    let stranger = send(&app, request(Method::DELETE, "/v1/models")).await;
    assert_eq!((stranger.status.as_u16(), stranger.header("allow")), (401, ""));
    let caller = send(&app, with_token(request(Method::DELETE, "/v1/models"), POOR)).await;
    assert_eq!((caller.status.as_u16(), caller.header("allow")), (405, "GET, HEAD, POST"));
}

async fn take_text(text: String) -> String {
    text.len().to_string()
}

async fn take_body(body: Body) -> Result<String, StatusCode> {
    let bytes = to_bytes(body, usize::MAX).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    Ok(bytes.len().to_string())
}

#[tokio::test]
async fn bodies_are_2_mib() {
    assert_eq!(DEFAULT_BODY_LIMIT, 2 << 20);
    let routes = Routes::new()
        .route("/text", post(take_text).public())
        .route("/body", post(take_body).public())
        .route("/more", post(take_text).public().body_limit(DEFAULT_BODY_LIMIT + 1));
    let app = stack().protect(routes).unwrap();
    for (path, most) in [("/text", 2 << 20), ("/body", 2 << 20), ("/more", (2 << 20) + 1)] {
        for (length, expected) in [(most, 200), (most + 1, 413)] {
            let bytes = Bytes::from(vec![b'x'; length]);
            // Once with a length that is told, and once without.
            let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes.clone())]);
            for body in [Body::from(bytes), Body::from_stream(stream)] {
                let answer = send(&app, request(Method::POST, path).map(|_| body)).await;
                assert_eq!(answer.status, expected, "{path} {length}");
            }
        }
    }
}

#[tokio::test]
async fn strangers_read_401_before_413() {
    let app = app(stack());
    let long = || with(request(Method::POST, "/v1/models"), "content-length", "9000000");
    for (request, expected) in [
        (long(), 401),
        (with_token(long(), "wrong"), 401),
        (with_token(long(), POOR), 403),
        (with_token(long(), TOKEN), 413),
    ] {
        assert_eq!(send(&app, request).await.status, expected);
    }
}
