use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use palisade_core::{Authenticate, Facts, Scope, StaticToken, StaticTokens, gate};
use palisade_routes::Routes;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tower::{Layer, Service, ServiceExt};

pub(crate) const READ: Scope = Scope::from_static("read_models");
pub(crate) const WRITE: Scope = Scope::from_static("write_models");

const READER: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
const NOBODYS: &str = "Qm7rW2xJk9ZbT4cVn8LpYs3D";

/// What a request brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Holds a token with the scope `READ`.
    Known,
    Nobody,
    /// Presents a token that is none.
    Refused,
}

pub(crate) const CALLERS: [Caller; 3] = [Caller::Known, Caller::Nobody, Caller::Refused];

/// How the routes are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    Enforcing,
    Reporting,
    Missing,
}

/// An application, and how often a handler ran.
#[derive(Clone)]
pub(crate) struct App {
    router: Router,
    stack: Stack,
}

pub(crate) fn app(routes: Routes) -> App {
    App { router: routes.into_router().unwrap(), stack: Stack::Enforcing }
}

impl App {
    pub(crate) fn behind(self, stack: Stack) -> Self {
        Self { stack, ..self }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        let tokens = StaticTokens::new([StaticToken::named("reader").value(READER).scopes([READ])]).unwrap();
        let layer = gate(Authenticate::with(tokens).identify()).expose_facts();
        match self.stack {
            Stack::Enforcing => call(layer.layer(self.router.clone()), request).await,
            Stack::Reporting => call(layer.report_everything().layer(self.router.clone()), request).await,
            Stack::Missing => call(self.router.clone(), request).await,
        }
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, caller: Caller) -> Response<Body> {
        self.send(request(method, path, caller, Body::empty())).await
    }

    pub(crate) async fn check(&self, method: &str, path: &str, caller: Caller, expected: u16) -> HeaderMap {
        let response = self.ask(method, path, caller).await;
        assert_eq!(response.status(), expected, "{method} {path} by {caller:?}");
        if response.status() == StatusCode::UNAUTHORIZED {
            assert!(response.headers().contains_key("www-authenticate"), "{method} {path} by {caller:?}");
            assert!(!response.headers().contains_key("allow"), "{method} {path} by {caller:?}");
        }
        response.headers().clone()
    }
}

async fn call<S>(service: S, request: Request<Body>) -> Response<Body>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    let Ok(response) = service.oneshot(request).await;
    response
}

pub(crate) fn request(method: &str, path: &str, caller: Caller, body: Body) -> Request<Body> {
    let request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
    let request = match caller {
        Caller::Known => request.header("authorization", format!("Bearer {READER}")),
        Caller::Nobody => request,
        Caller::Refused => request.header("authorization", format!("Bearer {NOBODYS}")),
    };
    request.body(body).unwrap()
}

pub(crate) fn facts(response: &Response<Body>) -> &Facts {
    Facts::of(response.extensions()).expect("the gate exposes its facts")
}

pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.into()).unwrap()
}

/// Counts what reached a handler.
#[derive(Clone, Default)]
pub(crate) struct Reached(Arc<AtomicUsize>);

impl Reached {
    pub(crate) fn note(&self) {
        self.0.fetch_add(1, SeqCst);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}
