//! What settings say of connections.

use super::schema::Config;
use crate::served::Served;

impl Served {
    pub(super) fn of(config: &Config) -> Self {
        let server = &config.server;
        Self {
            connections: server.connections,
            each: server.connections_each,
            write_time: server.write_time.map(|time| time.0),
            over_tls: config.tls.is_some(),
            proxies: None,
        }
    }
}
