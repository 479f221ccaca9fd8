//! Requests made in the process, and what came back.

use axum::{body::Body, extract::ConnectInfo};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use palisade::Protected;
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt as _;

/// An answer, read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The header lines.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// A header as text; empty where it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Without the name of its request: what must be the same in two answers.
    #[must_use]
    pub fn nameless(mut self) -> Self {
        self.headers.remove("x-request-id");
        self
    }

    /// The code in the envelope; empty where there is none.
    #[must_use]
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request to be bent and sent.
#[must_use]
pub fn request(method: Method, path: &str) -> Request<Body> {
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

/// `GET` of a path.
#[must_use]
pub fn get(path: &str) -> Request<Body> {
    request(Method::GET, path)
}

/// With a bearer token.
#[must_use]
pub fn with_token(mut request: Request<Body>, token: &str) -> Request<Body> {
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// With these header lines, whatever bytes they have.
pub fn with(mut request: Request<Body>, lines: &[(&'static str, &str)]) -> Request<Body> {
    for (name, value) in lines {
        request.headers_mut().append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}

/// Sends it from 192.0.2.1.
pub async fn send(app: &Protected, request: Request<Body>) -> Answer {
    send_from(app, [192, 0, 2, 1], request).await
}

/// Sends it from this address.
pub async fn send_from(
    app: &Protected,
    ip: impl Into<std::net::IpAddr>,
    mut request: Request<Body>,
) -> Answer {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(ip.into(), 40_000)));
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    Answer { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
}
