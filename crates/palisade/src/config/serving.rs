//! Serving as settings say.

use super::build::Assembly;
use crate::{BoundError, BoundedListener, Protected, serve_until, shutdown_signal};
use std::{future::Future, io};
use tokio::net::TcpListener;

impl Assembly {
    /// A listener within the bounds of `server.connections`, `connections_each` and `write_time`.
    ///
    /// # Errors
    ///
    /// Where one of these is out of its own bounds, which settings that were [loaded](super::Sources::load) are not.
    pub fn bounded<L>(&self, listener: L) -> Result<BoundedListener<L>, BoundError> {
        Ok(BoundedListener::new(listener).within(&self.served)?.proxies(&self.stack.client_ip))
    }

    /// Serves until SIGINT or SIGTERM within the bounds of the settings, over TLS where `[tls]` is among them, and drains as
    /// [`serve`](crate::serve) does.
    ///
    /// ```no_run
    /// use palisade::config::Sources;
    /// use palisade::routes::{Routes, get};
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let assembly = Sources::new().file("palisade.toml").environment().load()?.build().await?;
    /// let routes = Routes::new().route("/health", get(async || "ok").public());
    /// let app = assembly.stack.clone().protect(routes)?;
    /// assembly.serve(tokio::net::TcpListener::bind("0.0.0.0:8443").await?, app).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Where the signal handlers cannot be installed, or TLS cannot be served.
    pub async fn serve(&self, listener: TcpListener, app: Protected) -> io::Result<()> {
        self.serve_until(listener, app, shutdown_signal()?).await
    }

    /// As [`serve`](Self::serve), until `stop` is done.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be served.
    ///
    /// # Cancel safety
    ///
    /// Dropping it closes the listener and every connection at once.
    pub async fn serve_until<F>(&self, listener: TcpListener, app: Protected, stop: F) -> io::Result<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = self.bounded(listener).map_err(io::Error::other)?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return crate::serve_tls_until(listener, app, tls.clone(), stop).await;
        }
        serve_until(listener, app, stop).await
    }
}
