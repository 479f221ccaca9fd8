//! Serving until a signal, and then draining.

use crate::protected::Protected;
use axum::serve::Listener;
use std::{future::Future, io, net::SocketAddr, time::Duration};
use tokio::{signal, sync::oneshot, time};

/// How long requests in flight may take to finish after the signal.
pub const DRAIN: Duration = Duration::from_secs(30);

/// Serves until SIGINT or SIGTERM, lets requests in flight finish for at most [`DRAIN`], and returns; what is still open then
/// ends with the runtime.
///
/// # Errors
///
/// Where the signal handlers cannot be installed, or the listener fails for good.
pub async fn serve<L>(listener: L, app: Protected) -> io::Result<()>
where
    L: Listener<Addr = SocketAddr>,
{
    serve_until(listener, app, shutdown_signal()?).await
}

/// Serves until `stop` is done, lets requests in flight finish for at most [`DRAIN`], and returns; what is still open then ends
/// with the runtime.
///
/// # Errors
///
/// Where the listener fails for good.
///
/// # Cancel safety
///
/// Dropping it closes the listener at once; connections that are open end when their requests do.
pub async fn serve_until<L, F>(listener: L, app: Protected, stop: F) -> io::Result<()>
where
    L: Listener<Addr = SocketAddr>,
    F: Future<Output = ()> + Send + 'static,
{
    let (told, stopped) = oneshot::channel();
    let stop = async move {
        stop.await;
        let _ = told.send(());
    };
    let server = axum::serve(listener, app).with_graceful_shutdown(stop);
    let overdue = async move {
        match stopped.await {
            Ok(()) => time::sleep(DRAIN).await,
            // The server ended by itself; it says how.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = server.into_future() => ended,
        () = overdue => {
            tracing::warn!(target: "palisade::serve", "requests in flight did not finish in time; they end with the runtime");
            Ok(())
        }
    }
}

/// Done at SIGINT (Ctrl-C) or, on Unix, SIGTERM.
///
/// # Errors
///
/// Where a handler cannot be installed.
#[cfg(unix)]
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal::unix::signal(signal::unix::SignalKind::interrupt())?;
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Done at Ctrl-C.
///
/// # Errors
///
/// None on this platform.
#[cfg(not(unix))]
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
