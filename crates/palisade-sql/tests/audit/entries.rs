//! Chains and entries.

use palisade_core::{Secret, UnixTime};
use palisade_observe::audit::{AuditLog, Chain, Entry, Link};
use std::ops::Range;

pub(crate) fn keyed() -> Chain {
    Chain::keyed(&Secret::new("a key of an audit chain, in a test")).unwrap()
}

pub(crate) fn entry(second: u64) -> Entry {
    let mut entry =
        Entry::new("key.created").by(format!("user:{}", second % 7)).on("key", &second.to_string());
    entry.time = UnixTime::from_secs(1_800_000_000 + second);
    entry
}

/// Appends so many, by hundreds.
pub(crate) async fn fill(log: &impl AuditLog, seconds: Range<u64>) -> Link {
    let all: Vec<_> = seconds.map(entry).collect();
    let mut head = Link::START;
    for some in all.chunks(100) {
        head = log.append(some.into()).await.unwrap();
    }
    head
}

/// Numbers that are the same in each run, spread over `0..below`.
pub(crate) fn spread(seed: u64, below: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    })
}
