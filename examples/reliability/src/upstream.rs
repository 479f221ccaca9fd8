//! A dependency of the example's own: rates that drift, from a server that can be told to fail.
//!
//! It stands for somebody else's service. It listens on the loopback interface only, knows nothing of palisade, and is not
//! started where another one is named.

use crate::rates::Rates;
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, put},
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// What one euro is worth on the first day.
const FIRST: [(&str, u64); 4] =
    [("CHF", 937_200), ("GBP", 834_900), ("JPY", 162_500_000), ("USD", 1_084_300)];
/// Longer than anybody waits for it.
const SLOW: Duration = Duration::from_secs(5);

/// The running dependency; it ends when this is dropped.
#[derive(Debug)]
pub struct OwnUpstream {
    address: SocketAddr,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    /// 0 up, 1 down, 2 slow.
    mode: AtomicU8,
    calls: AtomicU64,
}

impl OwnUpstream {
    /// Starts it on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// Where there is no free port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/rates", get(rates))
            .route("/calls", get(calls))
            .route("/mode", put(mode))
            .with_state(Arc::new(Shared::default()));
        let task = tokio::spawn(async move {
            if let Err(fault) = axum::serve(listener, router).await {
                tracing::error!(target: "reliability::upstream", %fault, "the example's own dependency ended");
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for OwnUpstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The rates of today: each call is a day.
async fn rates(State(shared): State<Arc<Shared>>) -> Response {
    let serial = shared.calls.fetch_add(1, Relaxed) + 1;
    match shared.mode.load(Relaxed) {
        0 => {}
        1 => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        _ => tokio::time::sleep(SLOW).await,
    }
    // Up to half a percent above the first day's, each currency at its own pace.
    let drift = |at: usize, rate: u64| rate + rate / 20_000 * (serial * (at as u64 + 3) % 100);
    let euro = FIRST.iter().enumerate().map(|(at, (code, rate))| ((*code).to_owned(), drift(at, *rate)));
    Json(Rates { serial, euro: euro.collect() }).into_response()
}

/// How often it was asked for rates, whatever came of it.
async fn calls(State(shared): State<Arc<Shared>>) -> String {
    shared.calls.load(Relaxed).to_string()
}

async fn mode(State(shared): State<Arc<Shared>>, mode: String) -> StatusCode {
    let mode = match mode.trim() {
        "up" => 0,
        "down" => 1,
        "slow" => 2,
        _ => return StatusCode::BAD_REQUEST,
    };
    shared.mode.store(mode, Relaxed);
    StatusCode::NO_CONTENT
}
