//! A gate in front of a tonic service: refusals are gRPC's own, trailers-only.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use palisade::{Authenticate, Denial, DenialKind, Envelope, EnvelopeLayer, Format, gate, guard_fn};
use std::convert::Infallible;
use tests::server::{TOKEN, tokens};
use tonic::{Status, body::Body, codegen::Service, server::NamedService};
use tower::{Layer as _, ServiceExt as _};

/// What tonic's generated servers look like from outside.
#[derive(Clone)]
struct Greeter;

impl NamedService for Greeter {
    const NAME: &'static str = "greeter.Greeter";
}

impl Service<Request<Body>> for Greeter {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        std::future::ready(Ok(Status::ok("greeted").into_http()))
    }
}

fn call(token: Option<&str>) -> Request<Body> {
    let request = Request::builder()
        .method("POST")
        .version(http::Version::HTTP_2)
        .uri("/greeter.Greeter/Greet")
        .header("content-type", "application/grpc");
    let request = token
        .into_iter()
        .fold(request, |request, token| request.header("authorization", format!("Bearer {token}")));
    request.body(Body::new(Empty::<Bytes>::new())).unwrap()
}

#[tokio::test]
async fn a_gate_before_a_tonic_service() {
    let guarded = EnvelopeLayer::negotiated().layer(gate(Authenticate::with(tokens())).layer(Greeter));
    let refused = guarded.clone().oneshot(call(None)).await.unwrap();
    let status = Status::from_header_map(refused.headers()).unwrap();
    assert_eq!((refused.status().as_u16(), status.code()), (200, tonic::Code::Unauthenticated));
    assert!(refused.into_body().collect().await.unwrap().to_bytes().is_empty());
    let greeted = guarded.oneshot(call(Some(TOKEN))).await.unwrap();
    assert_eq!(Status::from_header_map(greeted.headers()).unwrap().code(), tonic::Code::Ok);
}

#[tokio::test]
async fn every_kind_of_refusal_as_grpc() {
    for kind in DenialKind::ALL {
        let denial = Denial::new(*kind);
        let layer =
            gate(guard_fn(move |_, _| Err(denial.clone()))).with_envelope(Envelope::new(Format::Json));
        let response = layer.layer(Greeter).oneshot(call(None)).await.unwrap();
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!((status.code() as u16, status.message()), (kind.grpc_status(), kind.message()));
    }
}

#[tokio::test]
async fn a_layer_of_tonic_s_own_server() {
    let layer = tower::ServiceBuilder::new()
        .layer(EnvelopeLayer::negotiated())
        .layer(gate(Authenticate::with(tokens())));
    let server = tonic::transport::Server::builder().layer(layer).add_service(Greeter);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let incoming = tonic::transport::server::TcpIncoming::from(listener);
    let task = tokio::spawn(server.serve_with_incoming(incoming));
    let channel =
        tonic::transport::Channel::from_shared(format!("http://{addr}")).unwrap().connect().await.unwrap();
    let mut refused = channel.clone().oneshot(call(None)).await.unwrap();
    let status = Status::from_header_map(refused.headers_mut()).unwrap();
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
    let greeted = channel.oneshot(call(Some(TOKEN))).await.unwrap();
    assert_eq!(Status::from_header_map(greeted.headers()).unwrap().code(), tonic::Code::Ok);
    task.abort();
}
