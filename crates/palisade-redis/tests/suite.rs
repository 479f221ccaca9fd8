//! The law of stores, against real servers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_core::{Moment, Reply};
use palisade_limit::{Charge, MemoryStore, Op, Outcome, RateStore, StoreError};
use palisade_redis::RedisStore;
use std::{path::PathBuf, time::Duration};
use support::server::{self, Server};

/// A store and the server behind it. Without a server the law is tried on the store in memory, after a note that it
/// was not tried on this one.
#[derive(Debug)]
struct Hosted {
    store: Box<dyn RateStore>,
    _server: Option<Server>,
}

impl RateStore for Hosted {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        self.store.apply(op, charges, now)
    }
}

fn on(program: Option<PathBuf>) -> Hosted {
    let Some(program) = program else {
        return Hosted { store: Box::new(MemoryStore::new()), _server: None };
    };
    let server = Server::start(&program, &[]);
    // This is about what is decided, on a machine that may be busy, not about how soon.
    let store = RedisStore::builder(server.url())
        .operation_timeout(Duration::from_millis(250))
        .dangerous_callers_clock()
        .build()
        .unwrap();
    Hosted { store: Box::new(store), _server: Some(server) }
}

mod redis_server {
    palisade_limit::suite!(async || super::on(super::server::redis()), tokio::test);
}

mod valkey_server {
    palisade_limit::suite!(async || super::on(super::server::valkey()), tokio::test);
}
