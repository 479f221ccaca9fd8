//! Whoever changes a table is told on.

use crate::{
    entries::{fill, keyed, spread},
    support::{place::Place, times},
};
use palisade_core::UnixTime;
use palisade_observe::audit::{AuditErrorKind, AuditLog as _, AuditQuery, Fault, FaultKind};
use palisade_sql::SqlAudit;

const RECORDS: u64 = 600;
const KEEP: &str = "CREATE TABLE kept AS SELECT * FROM palisade_audit";
const COPY: &str = "(sequence, time, act, actor, target, hash, record) SELECT";

async fn expect(log: &SqlAudit, what: &str, expected: Option<(u64, FaultKind)>) {
    let found = log.verify(None).await.unwrap();
    let fault = found.fault.map(|Fault { sequence, kind, .. }| (sequence, kind));
    assert_eq!(fault, expected, "{what}");
    assert_eq!(found.records, expected.map_or(RECORDS, |(sequence, _)| sequence - 1), "{what}");
}

/// What somebody who may write the table does to record `n`, who `m` of, and the record that is named.
fn tampers(n: u64, m: u64) -> Vec<(String, u64, FaultKind)> {
    use FaultKind::{Altered, Missing, Unreadable};

    let set = |what: &str| format!("UPDATE palisade_audit SET {what} WHERE sequence = {n}");
    let (low, high) = (n.min(m), n.max(m));
    let from = |other: u64| format!("FROM kept WHERE kept.sequence = {other}");
    let body = |from: &str| format!("record = (SELECT record {from}), hash = (SELECT hash {from})");
    vec![
        (set("record = replace(record, 'key.created', 'key.revoked')"), n, Altered),
        (set("record = replace(record, '\"user:', '\"user:9')"), n, Altered),
        (set("record = replace(record, '\"done\"', '\"dono\"')"), n, Altered),
        (set("record = record || ' '"), n, Altered),
        (set("record = substr(record, 1, 40)"), n, Unreadable),
        (set("record = 'nonsense'"), n, Unreadable),
        (set("hash = replace(replace(hash, 'a', 'b'), '1', '2') || ''"), n, Altered),
        (set("hash = replace(hash, substr(hash, 1, 1), 'X')"), n, Unreadable),
        // So that it is not found where it belongs.
        (set("act = 'key.changed'"), n, Altered),
        (set("actor = NULL"), n, Altered),
        (set("target = 'key:none'"), n, Altered),
        (set("time = time + 1000000"), n, Altered),
        // Deleted, moved, another one in its place, swapped.
        (format!("DELETE FROM palisade_audit WHERE sequence = {n}"), n, Missing),
        (format!("DELETE FROM palisade_audit WHERE sequence >= {n}"), n, Missing),
        (set("sequence = 1000000"), n, Missing),
        (set(&body(&from(m))), n, Missing),
        (format!("DELETE FROM palisade_audit WHERE sequence IN ({n}, {m}); INSERT INTO palisade_audit {COPY} {n}, time, act, actor, target, hash, record {};
            INSERT INTO palisade_audit {COPY} {m}, time, act, actor, target, hash, record {}", from(m), from(n)), low, Missing),
        // Twice, behind the last one and among the others; and the same again with a number of its own.
        (format!("INSERT INTO palisade_audit {COPY} {}, time, act, actor, target, hash, record {}", RECORDS + 1, from(n)), RECORDS + 1, Altered),
        (format!("UPDATE palisade_audit SET sequence = -sequence WHERE 1 = 0; DELETE FROM palisade_audit WHERE sequence = {high};
            INSERT INTO palisade_audit {COPY} {high}, time, act, actor, target, hash, record {}", from(low)), high, Missing),
    ]
}

async fn restore(place: &Place) {
    place.say("DELETE FROM palisade_audit; INSERT INTO palisade_audit SELECT * FROM kept").await;
}

#[tokio::test]
async fn a289_a_record_in_a_database_that_was_tampered_with_is_named() {
    for place in Place::each().await {
        let log = place.open().await.audit(keyed());
        fill(&log, 0..RECORDS).await;
        place.say(KEEP).await;
        expect(&log, "nothing", None).await;
        let mut places = spread(0xa289, RECORDS - 1);
        for _ in 0..times("PALISADE_AUDIT_TAMPERS", 3) {
            let (n, m) = (places.next().unwrap() + 1, places.next().unwrap() + 1);
            if n == m {
                continue;
            }
            for (words, sequence, kind) in tampers(n, m) {
                place.say(&words).await;
                expect(&log, &words, Some((sequence, kind))).await;
                restore(&place).await;
            }
        }
        // The first and the last.
        for n in [1, RECORDS] {
            place.say(&format!("DELETE FROM palisade_audit WHERE sequence = {n}")).await;
            expect(&log, "an end", Some((n, FaultKind::Missing))).await;
            restore(&place).await;
        }
        expect(&log, "restored", None).await;
    }
}

#[tokio::test]
async fn a289_the_ends_of_a_chain_cannot_be_made_up() {
    for place in Place::each().await {
        let log = place.open().await.audit(keyed());
        let early = fill(&log, 0..10).await;
        place.say("CREATE TABLE ends AS SELECT anchor, head FROM palisade_audit_ends").await;
        let late = fill(&log, 10..20).await;
        let fault = async || log.verify(None).await.unwrap().fault.map(|fault| (fault.sequence, fault.kind));
        // An older end, which was the chain's: what follows was not appended. So it is not covered up by what comes.
        place.say("UPDATE palisade_audit_ends SET head = (SELECT head FROM ends)").await;
        assert_eq!(fault().await, Some((11, FaultKind::Altered)));
        let refused = log.append([crate::entries::entry(20)].into()).await.unwrap_err();
        assert_eq!(refused.kind(), AuditErrorKind::Tampered);
        // With what followed it taken away it is an older copy, which only a link that was noted tells.
        place.say("DELETE FROM palisade_audit WHERE sequence > 10").await;
        assert_eq!(fault().await, None);
        assert_eq!(log.verify(Some(early)).await.unwrap().fault, None);
        let told = log.verify(Some(late)).await.unwrap().fault.unwrap();
        assert_eq!((told.sequence, told.kind), (11, FaultKind::Missing));
        // Ends that nobody made, or none.
        for words in [
            "UPDATE palisade_audit_ends SET head = replace(head, '10 ', '11 ')",
            "UPDATE palisade_audit_ends SET anchor = head",
            "DELETE FROM palisade_audit_ends",
        ] {
            place.say("CREATE TABLE before AS SELECT * FROM palisade_audit_ends").await;
            place.say(words).await;
            assert_eq!(fault().await, Some((0, FaultKind::Mark)), "{words}");
            place.say("DELETE FROM palisade_audit_ends; INSERT INTO palisade_audit_ends SELECT * FROM before; DROP TABLE before").await;
        }
        place.say("UPDATE palisade_audit_ends SET head = ''").await;
        assert_eq!(fault().await, Some((1, FaultKind::Altered)));
        place.say("UPDATE palisade_audit_ends SET head = (SELECT head FROM ends)").await;
        assert_eq!(fault().await, None);
        // What is before the anchor is not there any more, and comes not back.
        place.say(KEEP).await;
        assert_eq!(log.prune(UnixTime::from_secs(1_800_000_004)).await.unwrap().sequence, 4);
        place.say("INSERT INTO palisade_audit SELECT * FROM kept WHERE sequence = 2").await;
        assert_eq!(fault().await, Some((5, FaultKind::Missing)));
        let prune = log.prune(UnixTime::from_secs(1_800_000_008)).await.unwrap_err();
        assert_eq!(prune.kind(), AuditErrorKind::Tampered);
    }
}

#[tokio::test]
async fn what_is_not_what_was_written_is_not_shown() {
    for place in Place::each().await {
        let log = place.open().await.audit(keyed());
        fill(&log, 0..10).await;
        place.say("UPDATE palisade_audit SET actor = 'user:99' WHERE sequence = 3").await;
        place.say("UPDATE palisade_audit SET record = 'nonsense' WHERE sequence = 5").await;
        let mut query = AuditQuery::default();
        (query.limit, query.before) = (4, Some(8));
        let page = log.page(&query).await.unwrap();
        assert_eq!(page.records.iter().map(|record| record.link.sequence).collect::<Vec<_>>(), [7, 6, 4]);
        assert_eq!(page.next, Some(4));
        query.actor = Some("user:99".into());
        assert!(log.page(&query).await.unwrap().records.is_empty());
    }
}
