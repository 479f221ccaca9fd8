//! Serving over TLS.

use crate::{
    bounded_io::BoundedIo,
    bounded_listener::{BoundedListener, IntoBounded},
    protected::Protected,
    serve::{serve_connections, shutdown_signal},
    tls::{ServerTls, agreed},
};
use axum::serve::Listener;
use std::{collections::VecDeque, fmt, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    task::{AbortHandle, JoinSet},
    time::{self, Interval, MissedTickBehavior},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How long a client may take for a handshake.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Handshakes at once; a further one takes the place of the oldest, so that whoever leaves them open keeps nobody out.
pub const HANDSHAKES: usize = 1_024;
/// How often files are looked at.
const RENEWAL: Duration = Duration::from_secs(60);

/// Serves over TLS until SIGINT or SIGTERM, and drains as [`serve`](crate::serve) does. HTTP/2 where the client speaks it.
///
/// ```no_run
/// use palisade::{Auth, Routes, ServerTls, Stack, routes::get, serve_tls};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let routes = Routes::new().route("/health", get(async || "ok").public());
/// let app = Stack::new(Auth::disabled()).require_https().protect(routes)?;
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:8443").await?;
/// serve_tls(listener, app, ServerTls::files("api.pem", "api.key")?).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Where the signal handlers cannot be installed.
pub async fn serve_tls<L>(listener: L, app: Protected, tls: ServerTls) -> io::Result<()>
where
    L: IntoBounded,
{
    serve_tls_until(listener, app, tls, shutdown_signal()?).await
}

/// Serves over TLS until `stop` is done, and drains as [`serve_until`](crate::serve_until) does.
///
/// # Errors
///
/// Where rustls cannot make a server of these settings.
///
/// # Cancel safety
///
/// Dropping it closes the listener and every connection at once.
pub async fn serve_tls_until<L, F>(listener: L, app: Protected, tls: ServerTls, stop: F) -> io::Result<()>
where
    L: IntoBounded,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = listener.into_bounded().or_within(app.served()).map_err(io::Error::other)?;
    let listener = TlsListener::new(listener, tls)?;
    serve_connections(listener, app, |io| agreed(io.get_ref().1.protocol_version()), stop).await
}

/// A listener whose connections have shaken hands, for `axum::serve` and others that take listeners.
///
/// Clients shake hands beside each other, so that a slow one keeps nobody waiting: at most [`HANDSHAKES`] at once, of which the oldest makes
/// room for a new one, for at most [`HANDSHAKE_TIME`] each. The listener inside has the bounds of a [`BoundedListener`], and a handshake counts
/// as a connection. Handshakes that fail are told at DEBUG: strangers make them at will.
pub struct TlsListener<L: Listener> {
    listener: BoundedListener<L>,
    acceptor: TlsAcceptor,
    tls: ServerTls,
    handshakes: JoinSet<Option<Shaken<L>>>,
    /// The handshakes, oldest first, and some that are over.
    begun: VecDeque<AbortHandle>,
    renewals: JoinSet<()>,
    renewal: Interval,
}

/// A connection that is ready, and its other end.
type Shaken<L> = (TlsStream<BoundedIo<<L as Listener>::Io>>, SocketAddr);

impl<L: Listener<Addr = SocketAddr>> TlsListener<L> {
    /// Ends TLS of whatever this listener accepts.
    ///
    /// # Errors
    ///
    /// Where rustls cannot make a server of these settings.
    pub fn new(listener: impl IntoBounded<Listener = L>, tls: ServerTls) -> io::Result<Self> {
        let config = tls.config().map_err(io::Error::other)?;
        let mut renewal = time::interval(RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self {
            listener: listener.into_bounded(),
            acceptor,
            tls,
            handshakes: JoinSet::new(),
            begun: VecDeque::new(),
            renewals: JoinSet::new(),
            renewal,
        })
    }
}

impl<L: Listener> TlsListener<L> {
    /// Lets go of the oldest handshake where there are as many as there may be.
    fn make_room(&mut self) {
        if self.begun.len() < HANDSHAKES {
            return;
        }
        self.begun.retain(|handshake| !handshake.is_finished());
        if self.begun.len() >= HANDSHAKES
            && let Some(oldest) = self.begun.pop_front()
        {
            oldest.abort();
        }
    }
}

impl<L: Listener<Addr = SocketAddr>> Listener for TlsListener<L> {
    type Io = TlsStream<BoundedIo<L::Io>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                (io, peer) = self.listener.accept() => {
                    self.make_room();
                    let handshake = self.acceptor.accept(io);
                    let begun = self.handshakes.spawn(async move {
                        match time::timeout(HANDSHAKE_TIME, handshake).await {
                            Ok(Ok(io)) => Some((io, peer)),
                            Ok(Err(fault)) => {
                                tracing::debug!(target: "palisade::serve", %peer, %fault, "a handshake failed");
                                None
                            }
                            Err(_) => {
                                tracing::debug!(target: "palisade::serve", %peer, "a handshake took too long");
                                None
                            }
                        }
                    });
                    self.begun.push_back(begun);
                }
                Some(done) = self.handshakes.join_next(), if !self.handshakes.is_empty() => {
                    if let Ok(Some(shaken)) = done {
                        return shaken;
                    }
                }
                Some(_) = self.renewals.join_next(), if !self.renewals.is_empty() => {}
                _ = self.renewal.tick(), if self.renewals.is_empty() => {
                    let tls = self.tls.clone();
                    self.renewals.spawn_blocking(move || tls.renew());
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl<L: Listener> fmt::Debug for TlsListener<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsListener").field("tls", &self.tls).finish_non_exhaustive()
    }
}
