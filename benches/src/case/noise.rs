//! How far figures can be trusted, and what axum itself takes for a place to stand.

use super::{
    Case, Contender, Row,
    bare::{BARE, BARE_AGAIN, BARE_SERVED, NOTHING, router},
};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
};
use axum::{body::Body, response::Response};
use http::Request;
use std::{
    sync::Arc,
    task::{Context, Poll},
};
use tower::{Layer, Service};

const NO_OP_LAYERED: Contender = Contender { name: "no-op-layered", load: layered };
const NO_OP_OUTSIDE: Contender = Contender { name: "no-op-outside", load: outside };

const NO_OP_SERVED: Contender = Contender { name: "no-op-served", load: served };
const ARC_OUTSIDE: Contender = Contender { name: "arc-outside", load: arc_outside };

pub(super) fn case() -> Case {
    Case {
        name: "noise",
        rows: vec![
            Row::new("bare axum, whole request", BARE, NOTHING),
            Row::new("bare less bare", BARE_AGAIN, BARE).at_most(20),
            Row::new("a layer that does nothing, from outside", NO_OP_OUTSIDE, BARE),
            Row::new("a layer that does nothing, Router::layer", NO_OP_LAYERED, BARE),
            Row::new("a layer that does nothing, Router::layer, served by axum", NO_OP_SERVED, BARE_SERVED),
            Row::new(
                "a layer that puts an Arc into the request's extensions, from outside",
                ARC_OUTSIDE,
                BARE,
            ),
        ],
    }
}

fn layered() -> Result<Load, Failure> {
    load(router().layer(NoOp(())), Ask::palisade(), Proof::default())
}

fn served() -> Result<Load, Failure> {
    load(router().layer(NoOp(())).with_state(()), Ask::palisade(), Proof::default())
}

fn outside() -> Result<Load, Failure> {
    load(NoOp(()).layer(router()), Ask::palisade(), Proof::default())
}

/// What any ledger of a request costs: to be shared and to be found.
fn arc_outside() -> Result<Load, Failure> {
    load(Marking(router()), Ask::palisade(), Proof::default())
}

#[derive(Clone)]
struct Marking<S>(S);

impl<S: Service<Request<Body>, Response = Response>> Service<Request<Body>> for Marking<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> S::Future {
        request.extensions_mut().insert(Arc::new([0_u64; 16]));
        self.0.call(request)
    }
}

#[derive(Clone)]
struct NoOp<S>(S);

impl<S> Layer<S> for NoOp<()> {
    type Service = NoOp<S>;

    fn layer(&self, inner: S) -> NoOp<S> {
        NoOp(inner)
    }
}

impl<S: Service<Request<Body>, Response = Response>> Service<Request<Body>> for NoOp<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.0.call(request)
    }
}
