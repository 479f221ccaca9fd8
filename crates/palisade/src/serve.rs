//! Serving until a signal, and then draining.

use crate::{
    bounded_listener::IntoBounded,
    protected::{Connection, Protected},
    streams::Streams,
};
use axum::{body::Body, serve::Listener};
use http::Request;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use palisade_core::Tls;
use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{signal, sync::watch, task::JoinSet, time};
use tower::ServiceExt as _;

/// How long requests in flight may take to finish after the signal.
pub const DRAIN: Duration = Duration::from_secs(30);
/// How long a client may take to send the head of a request, and the first of a connection from its beginning; also how long an
/// idle HTTP/1.1 connection is kept.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// What is read of an HTTP/1.1 head before it is refused with 431, in bytes; the stack itself refuses from 16 KiB on.
const HEAD_BUFFER: usize = 64 * 1024;
/// The same for HTTP/2.
const HEAD_LIST: u32 = 64 * 1024;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;
/// How long a connection is kept that asks for nothing new: what it has asked for is answered, however long that takes, and then it is
/// closed. An idle HTTP/1.1 connection is closed after [`HEAD_TIME`]. It is also how long an answer over HTTP/2 waits until its
/// reader asks for more of it, at least, and twice that at most: then it is let go of.
pub const IDLE_TIME: Duration = Duration::from_secs(60);

/// Serves until SIGINT or SIGTERM, lets requests in flight finish for at most [`DRAIN`], cuts off the rest, and returns.
///
/// Compared with `axum::serve` it also bounds how long a client may take over a head ([`HEAD_TIME`]), how large one may be, and how long a
/// connection idles ([`IDLE_TIME`]). How many connections there are, and for how long they may take nothing, is bounded by the
/// [`BoundedListener`](crate::BoundedListener) that a TCP listener becomes here, or that you bring.
///
/// # Errors
///
/// Where the signal handlers cannot be installed, and as [`serve_until`].
pub async fn serve<L>(listener: L, app: Protected) -> io::Result<()>
where
    L: IntoBounded,
{
    serve_until(listener, app, shutdown_signal()?).await
}

/// Serves until `stop` is done, lets requests in flight finish for at most [`DRAIN`], cuts off the rest, and returns.
///
/// # Errors
///
/// Where the stack was made of [settings](crate::config) that name a certificate, because nothing is encrypted here:
/// `Assembly::serve_until` does as they say, and `serve_tls_until`. A listener that fails to accept tries again by itself.
///
/// # Cancel safety
///
/// Dropping it closes the listener and every connection at once.
pub async fn serve_until<L, F>(listener: L, app: Protected, stop: F) -> io::Result<()>
where
    L: IntoBounded,
    F: Future<Output = ()> + Send + 'static,
{
    if app.served().over_tls {
        let words = "the settings name a certificate (`tls`), and this would serve without it: write `assembly.serve(listener, app)`, \
                     or `serve_tls`";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, words));
    }
    let listener = listener.into_bounded().or_within(app.served()).map_err(io::Error::other)?;
    serve_connections(listener, app, |_| None, stop).await
}

/// As above; `tls` tells how a connection is protected.
pub(crate) async fn serve_connections<L, F>(
    mut listener: L,
    app: Protected,
    tls: fn(&L::Io) -> Option<Tls>,
    stop: F,
) -> io::Result<()>
where
    L: Listener<Addr = SocketAddr>,
    F: Future<Output = ()> + Send + 'static,
{
    let server = server();
    let (stopping, stopped) = watch::channel(());
    // Connections end with this set: none outlives the call.
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            (io, peer) = listener.accept() => {
                let streams = Arc::new(Streams::default());
                let (asking, answering) = (streams.clone(), streams.clone());
                let service = Connection::new(app.clone(), peer, tls(&io)).map_request(move |request: Request<_>| {
                    asking.ask(request.version());
                    request.map(Body::new)
                });
                let service = service.map_response(move |response| answering.answer(response));
                let service = TowerToHyperService::new(service);
                let connection = server.serve_connection_with_upgrades(TokioIo::new(io), service).into_owned();
                let mut stopped = stopped.clone();
                connections.spawn(async move {
                    let mut connection = pin!(connection);
                    let (mut before, mut period, mut leaving) = (0, HEAD_TIME, false);
                    loop {
                        tokio::select! {
                            ended = &mut connection => {
                                if let Err(fault) = ended {
                                    tracing::trace!(target: "palisade::serve", %fault, "a connection ended early");
                                }
                                return;
                            }
                            _ = stopped.changed(), if !leaving => leaving = true,
                            () = time::sleep(period) => {
                                let now = streams.asked();
                                if now == 0 {
                                    // hyper counts from the first byte of a head that it knows to be HTTP/1.1; who sends none, or begins
                                    // HTTP/2 and goes no further, would stay for ever.
                                    return;
                                }
                                if period == IDLE_TIME {
                                    streams.let_go();
                                }
                                leaving |= now == before;
                                (before, period) = (now, IDLE_TIME);
                            }
                        }
                        if leaving {
                            connection.as_mut().graceful_shutdown();
                        }
                    }
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = &mut stop => break,
        }
    }
    drop((listener, stopping));
    let drained = async { while connections.join_next().await.is_some() {} };
    if time::timeout(DRAIN, drained).await.is_err() {
        tracing::warn!(target: "palisade::serve", "requests in flight did not finish in time and are cut off");
    }
    Ok(())
}

/// HTTP/1.1 and HTTP/2 with bounds on what a client may take its time for, or make large.
fn server() -> Builder<TokioExecutor> {
    let mut server = Builder::new(TokioExecutor::new());
    // Without a timer hyper's own limit on slow heads does nothing.
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BUFFER);
    server
        .http2()
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(IDLE_TIME)
        .max_header_list_size(HEAD_LIST);
    server
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
