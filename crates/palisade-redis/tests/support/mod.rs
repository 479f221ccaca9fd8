//! Servers that the tests start and stop, and what stands between them and the store.
#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

pub mod fake;
pub mod proxy;
pub mod server;

use palisade_core::{Event, EventSink, Key, Moment, Timestamp, UnixTime};
use palisade_limit::{Charge, Op, Outcome, Quota, RateStore, StoreError};
use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, Mutex},
    time::Duration,
};

pub const SECOND: u64 = 1_000_000_000;

/// A key that nobody else has.
pub fn key() -> Key {
    let random = || RandomState::new().hash_one(0).to_le_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&random());
    bytes[8..].copy_from_slice(&random());
    Key::from_bytes(bytes)
}

pub fn at(nanos: u64) -> Moment {
    let wall = UnixTime::from_nanos(1_700_000_040 * SECOND + nanos);
    Moment { mono: Timestamp::from_nanos(3_600 * SECOND + nanos), wall }
}

pub async fn apply(
    store: &impl RateStore,
    op: Op,
    key: Key,
    quota: &Quota,
    cost: u32,
) -> Result<Outcome, StoreError> {
    store.apply(op, &[Charge { key, quota, cost }], palisade_core::Clock::system().now()).await
}

pub async fn take(store: &impl RateStore, key: Key, quota: &Quota) -> Result<bool, StoreError> {
    apply(store, Op::Take, key, quota, 1).await.map(|outcome| outcome.admitted())
}

/// Events that were told.
#[derive(Clone, Debug, Default)]
pub struct Told(Arc<Mutex<Vec<Event>>>);

impl Told {
    pub fn all(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }

    pub fn count(&self, which: impl Fn(&Event) -> bool) -> usize {
        self.all().iter().filter(|event| which(event)).count()
    }
}

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// Waits until `is_so`, for a few seconds.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("waited too long for {what}");
}
