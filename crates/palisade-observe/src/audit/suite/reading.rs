//! Reading, looking through, and pruning.

use super::sample::{append, entry, holds};
use crate::audit::{
    entry::{Entry, Outcome},
    link::Link,
    log::AuditLog,
    query::{AuditPage, AuditQuery},
    shown::Shown,
    walk::{Fault, FaultKind},
};
use palisade_core::UnixTime;

async fn page(log: &impl AuditLog, query: &AuditQuery) -> AuditPage {
    log.page(query).await.unwrap()
}

/// Every field.
pub async fn what_is_appended_is_read_back(log: &impl AuditLog) {
    let mut full = Entry::new("config.changed")
        .outcome(Outcome::Refused)
        .by("api_key:8hQ2 \"'; DROP TABLE é%_")
        .on("config", "x\u{7f}")
        .because("ünit \\ \"quoted\"")
        .change("a", 1_u64, -1_i64)
        .change("b", Shown::decimal(0.5), true)
        .after("c", Shown::words(&["one", "two"]))
        .count(7);
    full.time = UnixTime::from_nanos(1_800_000_000_123_000_000);
    full.client = Some("2001:db8::1".parse().unwrap());
    full.request_id = Some("id".into());
    full.route = Some("/models/{name}".into());
    full.origin = Some("0123".into());
    full.number = Some(u64::MAX >> 1);
    let head = log.append([entry(0), full.clone()].into()).await.unwrap();
    let page = page(log, &AuditQuery::default()).await;
    let read: Vec<_> = page.records.into_iter().map(|record| (record.link.sequence, record.entry)).collect();
    assert_eq!(read, [(2, full), (1, entry(0))]);
    assert_eq!(head.sequence, 2);
}

/// Newest first, in pages as long as one wishes.
pub async fn pages_tell_each_record_once(log: &impl AuditLog) {
    append(log, 0..25).await;
    for limit in [1, 7, 25, 26, 1_000] {
        let mut query = AuditQuery { limit, ..AuditQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = page(log, &query).await;
            assert!(page.records.len() <= query.page_len());
            seen.extend(page.records.iter().map(|record| record.link.sequence));
            query.before = page.next;
            if query.before.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=25).rev().collect::<Vec<_>>());
    }
}

/// Each condition, and several at once.
pub async fn conditions_are_all_met(log: &impl AuditLog) {
    let mut other = Entry::new("authn.failure").by("user:2").on("key", "3");
    other.time = UnixTime::from_secs(1_800_000_002);
    append(log, 0..3).await;
    log.append([other].into()).await.unwrap();
    append(log, 3..5).await;
    let at = |second: u64| Some(UnixTime::from_secs(1_800_000_000 + second));
    let check = async |change: fn(&mut AuditQuery), since, until, expected: &[u64]| {
        let mut query = AuditQuery { since, until, ..AuditQuery::default() };
        change(&mut query);
        let found: Vec<_> = page(log, &query).await.records.iter().map(|it| it.link.sequence).collect();
        assert_eq!(found, expected, "{query:?}");
    };
    check(|_| {}, None, None, &[6, 5, 4, 3, 2, 1]).await;
    check(|query| query.act = Some("authn.failure".into()), None, None, &[4]).await;
    check(|query| query.actor = Some("user:1".into()), None, at(2), &[2, 1]).await;
    check(|query| query.target = Some("key:3".into()), None, None, &[5, 4]).await;
    check(|query| query.before = Some(5), at(2), at(3), &[4, 3]).await;
    check(|query| query.act = Some("key".into()), None, None, &[]).await;
}

/// A log that was cut off, or is another one, is told by a link that was noted elsewhere.
pub async fn a_log_must_come_by_known_links(log: &impl AuditLog) {
    let early = append(log, 0..3).await;
    let late = append(log, 3..5).await;
    for known in [early, late] {
        assert_eq!(log.verify(Some(known)).await.unwrap().fault, None);
    }
    let check = async |known: Link, expected| {
        assert_eq!(log.verify(Some(known)).await.unwrap().fault, Some(expected));
    };
    check(Link { sequence: 6, ..late }, Fault { sequence: 6, kind: FaultKind::Missing }).await;
    check(Link { sequence: 3, ..late }, Fault { sequence: 3, kind: FaultKind::Altered }).await;
}

/// What is left is bound to where it began.
pub async fn pruning_leaves_an_anchor(log: &impl AuditLog) {
    let before = append(log, 0..10).await;
    let at = |second: u64| UnixTime::from_secs(1_800_000_000 + second);
    assert_eq!(log.prune(at(0)).await.unwrap(), Link::START);
    assert_eq!(log.prune(at(4)).await.unwrap().sequence, 4);
    holds(log, 6).await;
    assert_eq!(append(log, [10]).await.sequence, 11);
    // A younger record before an older one keeps it: only the beginning is pruned.
    append(log, [3]).await;
    assert_eq!(log.prune(at(8)).await.unwrap().sequence, 8);
    assert_eq!(log.verify(Some(before)).await.unwrap().fault, None);
    holds(log, 4).await;
    let page = page(log, &AuditQuery::default()).await;
    assert_eq!(page.records.last().unwrap().link.sequence, 9);
}

/// The chain goes on from the anchor.
pub async fn pruning_of_everything_goes_on(log: &impl AuditLog) {
    let last = append(log, 0..3).await;
    assert_eq!(log.prune(UnixTime::from_secs(2_000_000_000)).await.unwrap(), last);
    holds(log, 0).await;
    assert_eq!(append(log, [4]).await.sequence, 4);
    holds(log, 1).await;
    assert_eq!(log.verify(Some(last)).await.unwrap().fault, None);
}
