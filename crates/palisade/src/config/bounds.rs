//! What settings say of connections.

use super::schema::ServerSettings;
use std::time::Duration;

/// What is said of connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) connections: Option<u32>,
    pub(super) each: Option<u32>,
    pub(super) write_time: Option<Duration>,
}

impl Bounds {
    pub(super) fn of(server: &ServerSettings) -> Self {
        Self {
            connections: server.connections,
            each: server.connections_each,
            write_time: server.write_time.map(|time| time.0),
        }
    }
}
