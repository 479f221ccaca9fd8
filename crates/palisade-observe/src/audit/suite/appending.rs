//! Appending: in order, without gaps, all or none.

use super::sample::{append, entry, holds};
use crate::audit::{
    entry::Entry, error::AuditErrorKind, link::Link, log::AuditLog, query::AuditQuery, record::MAX_ENTRIES,
};
use std::sync::Arc;

/// Nothing is there, and nothing is wrong.
pub async fn an_empty_log_holds(log: &impl AuditLog) {
    holds(log, 0).await;
    assert_eq!(log.append(Arc::from(Vec::new())).await.unwrap(), Link::START);
    assert!(log.page(&AuditQuery::default()).await.unwrap().records.is_empty());
}

/// Every record has the next number.
pub async fn sequences_have_no_gaps(log: &impl AuditLog) {
    assert_eq!(append(log, [0]).await.sequence, 1);
    assert_eq!(append(log, [1, 2, 3]).await.sequence, 4);
    let found = log.verify(None).await.unwrap();
    assert_eq!((found.records, found.head), (4, append(log, []).await));
    holds(log, 4).await;
}

/// Those who append at once come one after the other.
pub async fn many_writers_leave_no_gap(log: &impl AuditLog) {
    for _ in 0..10 {
        let appends: Vec<_> =
            (0..10).map(|n| log.append((0..=n % 3).map(entry).collect::<Arc<[Entry]>>())).collect();
        for append in appends {
            append.await.unwrap();
        }
    }
    holds(log, 10 * (4 + 2 * 3 + 3 * 3)).await;
}

/// Too many are refused as such, and as many as there may be are not.
pub async fn too_many_entries_are_invalid(log: &impl AuditLog) {
    let many: Vec<_> = (0..=MAX_ENTRIES as u64).map(entry).collect();
    assert_eq!(log.append(many.clone().into()).await.unwrap_err().kind(), AuditErrorKind::Invalid);
    let long = Entry::new("key.created").because("x".repeat(100_000));
    assert_eq!(log.append([entry(0), long].into()).await.unwrap_err().kind(), AuditErrorKind::Invalid);
    holds(log, 0).await;
    log.append(many.get(1..).unwrap().into()).await.unwrap();
    holds(log, MAX_ENTRIES as u64).await;
}
