//! What settings say of how a stack is served.

use palisade_core::{ClientIp, Tls};
use std::{
    sync::{Arc, Once},
    time::Duration,
};

/// Bounds on connections, and whether TLS ends here; a stack carries it to whoever serves it, so that no setting is passed over in silence.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served {
    pub(crate) connections: Option<u32>,
    pub(crate) each: Option<u32>,
    pub(crate) write_time: Option<Duration>,
    pub(crate) over_tls: bool,
    /// Whose word about clients is taken; none of them is a client.
    pub(crate) proxies: Option<Arc<ClientIp>>,
}

impl Served {
    /// Tells, once, that connections come without the certificate that settings name; what they ask is refused.
    pub(crate) fn judge(&self, tls: Option<Tls>) {
        static TOLD: Once = Once::new();
        if self.over_tls && tls.is_none() {
            TOLD.call_once(|| {
                tracing::error!(
                    target: "palisade::serve",
                    "the settings name a certificate (`tls`), and this is served without it: every request is refused; write \
                     `assembly.serve(listener, app)`, or give `axum::serve` a `TlsListener`"
                );
            });
        }
    }
}
