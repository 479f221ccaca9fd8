//! Records to look at.

use crate::audit::{entry::Entry, link::Link, log::AuditLog};
use palisade_core::UnixTime;

/// An entry of this second.
pub(super) fn entry(second: u64) -> Entry {
    let mut entry = Entry::new("key.created").by("user:1").on("key", &second.to_string());
    entry.time = UnixTime::from_secs(1_800_000_000 + second);
    entry
}

pub(super) async fn append(log: &impl AuditLog, seconds: impl IntoIterator<Item = u64>) -> Link {
    log.append(seconds.into_iter().map(entry).collect()).await.unwrap()
}

/// That the log holds and has so many records.
pub(super) async fn holds(log: &impl AuditLog, records: u64) {
    let found = log.verify(None).await.unwrap();
    assert_eq!((found.fault, found.records), (None, records));
    assert_eq!(found.head.sequence, found.anchor.sequence + records);
}
