//! A service with every kind of route, behind a stack that a test may bend.

use axum::{
    extract::{Path, State},
    response::{
        Sse,
        sse::{self, KeepAlive},
    },
};
use futures_util::stream;
use palisade::{
    Auth, Cors, Envelope, Format, Protected, Scope, Stack, StaticToken, StaticTokens,
    routes::{Routes, get, post},
};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Reads and writes models and runs them.
pub const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
/// Good, and without any scope.
pub const POOR: &str = "0HkS1rN3mQ7yTz5wXcVbP2Ae";
/// What the panicking handler says; must never reach a client.
pub const CANARY: &str = "canary-of-the-panic";
/// The longest body of `POST /v1/models`.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The scopes of the reference service.
pub const READ: Scope = Scope::from_static("read_models");
/// See [`READ`].
pub const WRITE: Scope = Scope::from_static("write_models");
/// See [`READ`].
pub const RUN: Scope = Scope::from_static("run_inference");
/// See [`READ`].
pub const STREAM: Scope = Scope::from_static("use_streaming");

/// Counts how often a protected handler ran.
#[derive(Clone, Debug, Default)]
pub struct Handled(Arc<AtomicU64>);

impl Handled {
    /// The count.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(SeqCst)
    }

    /// One more.
    pub fn note(&self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The routes.
pub fn routes(handled: &Handled) -> Routes {
    Routes::new()
        .route("/healthz", get(async || "ok").public())
        .route("/readyz", get(async || "ready").public())
        .route("/public/{*rest}", get(async |Path(_): Path<String>| "public").public())
        .route("/v1/models", get(list).requires(READ).post(upload).requires(WRITE).body_limit(BODY_LIMIT))
        .route("/v1/models/{name}", get(list).requires(READ))
        .route("/v1/inference", post(list).requires(RUN))
        .route("/v1/stream", get(events).requires(RUN & STREAM))
        .route("/v1/panic", get(panics).requires(READ))
        .route("/v1/whoami", get(list).authenticated())
        .route("/v1/greeting", get(list).optional())
        .with_state(handled.clone())
}

async fn list(State(handled): State<Handled>) -> &'static str {
    handled.note();
    "llama-7b"
}

async fn upload(State(handled): State<Handled>, body: String) -> String {
    handled.note();
    body.len().to_string()
}

async fn events(
    State(handled): State<Handled>,
) -> Sse<impl stream::Stream<Item = Result<sse::Event, Infallible>>> {
    handled.note();
    let words = ["the", "gate", "is", "kept"].map(|word| Ok(sse::Event::default().data(word)));
    Sse::new(stream::iter(words)).keep_alive(KeepAlive::default())
}

async fn panics() -> &'static str {
    panic!("{CANARY}")
}

/// The two tokens.
#[must_use]
pub fn tokens() -> StaticTokens {
    StaticTokens::new([
        StaticToken::named("ci").value(TOKEN).scopes([READ, WRITE, RUN, STREAM]),
        StaticToken::named("poor").value(POOR),
    ])
    .unwrap()
}

/// A stack without limits, whose envelope also dresses axum's rejections.
#[must_use]
pub fn stack() -> Stack {
    Stack::new(Auth::with(tokens())).envelope(Envelope::new(Format::Negotiated).dress_rejections())
}

/// A stack that one origin may call from a browser.
#[must_use]
pub fn stack_with_cors() -> Stack {
    stack().cors(Cors::origins(["https://good.example"]))
}

/// A server on a free port of the loopback interface; ends when dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    /// How often its protected handlers ran.
    pub handled: Handled,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves the reference routes behind this stack.
    pub async fn start(stack: Stack) -> Self {
        let handled = Handled::default();
        let app = stack.protect(routes(&handled)).unwrap();
        Self::serve(app, handled).await
    }

    /// Serves this.
    pub async fn serve(app: Protected, handled: Handled) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { addr, handled, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
