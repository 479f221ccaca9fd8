//! What settings say of how a stack is served.

use std::time::Duration;

/// Bounds on connections, and whether TLS ends here; a stack carries it to whoever serves it, so that no setting is passed over in silence.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Served {
    pub(crate) connections: Option<u32>,
    pub(crate) each: Option<u32>,
    pub(crate) write_time: Option<Duration>,
    pub(crate) over_tls: bool,
}
