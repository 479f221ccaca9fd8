use crate::support::{App, Caller, READ, Reached, app, facts, request};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{DefaultBodyLimit, Multipart, Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, Version};
use palisade_routes::{DEFAULT_BODY_LIMIT, Routes, any, get, post};
use std::convert::Infallible;

/// Reads with axum's extractor.
async fn extracted(State(reached): State<Reached>, body: Bytes) -> String {
    reached.note();
    body.len().to_string()
}

/// Reads the bare body, on which axum's own limit has no hold.
async fn raw(State(reached): State<Reached>, request: Request) -> Response {
    reached.note();
    match to_bytes(request.into_body(), usize::MAX).await {
        Ok(bytes) => bytes.len().to_string().into_response(),
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

fn bounded(reached: &Reached) -> App {
    app(Routes::new()
        .route("/default/extracted", post(extracted).public())
        .route("/default/raw", post(raw).public())
        .route("/small/extracted", post(extracted).public().body_limit(4))
        .route("/small/raw", post(raw).public().body_limit(4))
        .route("/none/raw", post(raw).public().body_limit(0))
        .route("/large/extracted", post(extracted).public().body_limit(DEFAULT_BODY_LIMIT + 4))
        .route("/large/raw", post(raw).public().body_limit(DEFAULT_BODY_LIMIT + 4))
        .route("/unbounded/extracted", post(extracted).public().body_limit(usize::MAX))
        .route("/guarded", post(raw).requires(READ).body_limit(4))
        .with_state(reached.clone()))
}

/// A body whose length nobody knows, in frames of at most 1,000 bytes.
fn chunked(length: usize) -> Body {
    let frames: Vec<_> =
        vec![b'x'; length].chunks(1000).map(Bytes::copy_from_slice).map(Ok::<_, Infallible>).collect();
    Body::from_stream(tokio_stream::iter(frames))
}

#[tokio::test]
async fn bodies_are_read_up_to_the_limit_and_not_one_byte_further() {
    for (path, limit) in [
        ("/default/extracted", DEFAULT_BODY_LIMIT),
        ("/default/raw", DEFAULT_BODY_LIMIT),
        ("/small/extracted", 4),
        ("/small/raw", 4),
        ("/none/raw", 0),
        ("/large/extracted", DEFAULT_BODY_LIMIT + 4),
        ("/large/raw", DEFAULT_BODY_LIMIT + 4),
    ] {
        for length in [0, limit.saturating_sub(1), limit, limit + 1] {
            let expected = if length > limit { 413 } else { 200 };
            let reached = Reached::default();
            let app = bounded(&reached);

            let known = app.send(request("POST", path, Caller::Nobody, Body::from(vec![b'x'; length]))).await;
            assert_eq!(known.status(), expected, "{length} bytes to {path}");
            // What says how long it is is refused before anybody reads it.
            assert_eq!(reached.count(), usize::from(length <= limit), "{length} bytes to {path}");

            let unknown = app.send(request("POST", path, Caller::Nobody, chunked(length))).await;
            assert_eq!(unknown.status(), expected, "{length} bytes in chunks to {path}");
        }
    }
}

#[tokio::test]
async fn a_larger_limit_than_axums_can_be_declared() {
    let app = bounded(&Reached::default());
    for body in [Body::from(vec![b'x'; 5 << 20]), chunked(5 << 20)] {
        let response = app.send(request("POST", "/unbounded/extracted", Caller::Nobody, body)).await;
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn content_length_is_believed_when_it_is_too_large() {
    let reached = Reached::default();
    let app = bounded(&reached);
    for (length, expected) in
        [("4", 200), ("5", 413), ("99999999999999999999999999", 413), ("-1", 200), ("", 200)]
    {
        let mut request = request("POST", "/small/raw", Caller::Nobody, Body::empty());
        request.headers_mut().insert("content-length", length.parse().unwrap());
        let response = app.send(request).await;
        assert_eq!(response.status(), expected, "{length:?}");
        if expected == 413 {
            assert_eq!(response.headers()["connection"], "close");
            assert_eq!(facts(&response).denial().unwrap().kind().status(), 413);
        }
    }
    assert_eq!(reached.count(), 3);
}

#[tokio::test]
async fn http_2_connections_stay_open() {
    let mut request = request("POST", "/small/raw", Caller::Nobody, Body::from("12345"));
    *request.version_mut() = Version::HTTP_2;
    let response = bounded(&Reached::default()).send(request).await;
    assert_eq!(response.status(), 413);
    assert!(!response.headers().contains_key("connection"));
}

#[tokio::test]
async fn strangers_are_told_401_before_413() {
    let app = bounded(&Reached::default());
    for (caller, expected) in [(Caller::Nobody, 401), (Caller::Refused, 401), (Caller::Known, 413)] {
        let response = app.send(request("POST", "/guarded", caller, Body::from("12345"))).await;
        assert_eq!(response.status(), expected);
    }
}

#[tokio::test]
async fn a_declared_limit_stands_above_a_layer_outside() {
    let routes: Routes =
        Routes::new().route("/", post(async |body: Bytes| body.len().to_string()).public().body_limit(8));
    let router = routes.into_router().unwrap().layer(DefaultBodyLimit::max(2));
    for body in [Body::from("12345678"), chunked(8)] {
        let response = tower::ServiceExt::oneshot(router.clone(), request("POST", "/", Caller::Nobody, body))
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[tokio::test]
async fn other_readers_are_bounded_too() {
    let handler = async |mut form: Multipart| -> Result<(), StatusCode> {
        while let Some(field) = form.next_field().await.map_err(|error| error.status())? {
            field.bytes().await.map_err(|error| error.status())?;
        }
        Ok(())
    };
    let app = app(Routes::new().route("/", any(handler).public().body_limit(1000)));
    for (length, expected) in [(500, 200), (1000, 413)] {
        let form = format!(
            "--b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n{}\r\n--b--\r\n",
            "x".repeat(length)
        );
        let frames: Vec<_> =
            form.into_bytes().chunks(100).map(Bytes::copy_from_slice).map(Ok::<_, Infallible>).collect();
        let mut request = request("POST", "/", Caller::Nobody, Body::from_stream(tokio_stream::iter(frames)));
        request.headers_mut().insert("content-type", "multipart/form-data; boundary=b".parse().unwrap());
        assert_eq!(app.send(request).await.status(), expected, "{length}");
    }
}

#[test]
fn the_largest_limit_is_known() {
    let routes: Routes = Routes::new()
        .route("/a", get(async || ()).public())
        .route("/b", post(async || ()).public().body_limit(10 << 20).put(async || ()).public().body_limit(1));
    assert_eq!(routes.largest_body_limit(), 10 << 20);
    assert_eq!(Routes::<()>::new().largest_body_limit(), 0);
    assert_eq!(DEFAULT_BODY_LIMIT, 2_097_152);
}
