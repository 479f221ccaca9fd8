//! The law of the port, on both databases, and what is beside it.

use crate::{
    entries::{entry, fill, keyed},
    support::place::Place,
};
use palisade_core::{Secret, UnixTime};
use palisade_observe::audit::{
    AuditErrorKind, AuditLog, AuditQuery, Chain, Entry, FaultKind, MAX_RECORD, MemoryAudit,
};
use std::sync::Arc;

mod file {
    use super::*;

    async fn in_a_file() -> (Arc<dyn AuditLog>, Place) {
        let place = Place::file();
        (Arc::new(place.open().await.audit(keyed())), place)
    }

    palisade_observe::audit_suite!(in_a_file);
}

mod server {
    use super::*;

    /// Without a server there is nothing to test but the law itself, and it is said that this was so.
    async fn on_a_server() -> (Arc<dyn AuditLog>, Option<Place>) {
        match Place::server().await {
            Some(place) => (Arc::new(place.open().await.audit(keyed())), Some(place)),
            None => (Arc::new(MemoryAudit::new(keyed(), 10_000)), None),
        }
    }

    palisade_observe::audit_suite!(on_a_server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_nodes_append_one_after_the_other() {
    for place in Place::each().await {
        let nodes: Vec<_> = {
            let (one, two, three) = tokio::join!(place.open(), place.open(), place.open());
            [one, two, three].map(|store| store.audit(keyed())).into()
        };
        let work = nodes.iter().enumerate().map(|(nth, node)| {
            let (node, nth) = (node.clone(), nth as u64);
            tokio::spawn(async move {
                for n in 0..40 {
                    let some: Arc<[Entry]> = (0..=n % 4).map(|m| entry(nth * 1_000 + n * 10 + m)).collect();
                    // A file is busy at times, and whoever is told so tries again.
                    while node.append(some.clone()).await.is_err() {}
                }
            })
        });
        for node in work.collect::<Vec<_>>() {
            node.await.unwrap();
        }
        let found = nodes[0].verify(None).await.unwrap();
        assert_eq!(found.fault, None);
        assert!(found.records >= 3 * 100, "{found:?}");
        assert_eq!(nodes[2].verify(Some(found.head)).await.unwrap(), found);
    }
}

#[tokio::test]
async fn a_chain_with_another_key_appends_nothing_and_is_told() {
    for place in Place::each().await {
        let store = place.open().await;
        fill(&store.audit(keyed()), 0..3).await;
        for other in [Chain::plain(), Chain::keyed(&Secret::new("another key of a chain")).unwrap()] {
            let log = store.audit(other);
            assert_eq!(log.append([entry(3)].into()).await.unwrap_err().kind(), AuditErrorKind::Tampered);
            let long_ago = UnixTime::from_secs(1);
            assert_eq!(log.prune(long_ago).await.unwrap_err().kind(), AuditErrorKind::Tampered);
            assert_eq!(log.verify(None).await.unwrap().fault.unwrap().kind, FaultKind::Mark);
        }
        assert_eq!(store.audit(keyed()).verify(None).await.unwrap().records, 3);
    }
}

#[tokio::test]
async fn a349_texts_that_no_index_takes_are_kept_and_found() {
    for place in Place::each().await {
        let log = place.open().await.audit(keyed());
        let odd = [
            "n\0ul".to_owned(),
            "x".repeat(600),
            "ü".repeat(511),
            "'); DROP TABLE palisade_audit; --".into(),
            "x".repeat(30_000),
        ];
        for text in &odd {
            let entry = Entry::new("config.changed").by(text.as_str()).on("key", text);
            log.append([entry].into()).await.unwrap_or_else(|error| panic!("{error:?}: {}", text.len()));
        }
        let long = Entry::new("config.changed").by("x".repeat(MAX_RECORD));
        assert_eq!(log.append([long].into()).await.unwrap_err().kind(), AuditErrorKind::Invalid);
        for (nth, text) in odd.iter().enumerate() {
            let mut query = AuditQuery::default();
            query.actor = Some(text.as_str().into());
            let found = log.page(&query).await.unwrap();
            let numbers: Vec<_> = found.records.iter().map(|record| record.link.sequence).collect();
            assert_eq!(numbers, [nth as u64 + 1]);
            assert_eq!(found.records[0].entry.actor.as_deref(), Some(text.as_str()));
        }
        let found = log.verify(None).await.unwrap();
        assert_eq!((found.fault, found.records), (None, odd.len() as u64));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pruning_of_many_goes_on_beside_those_who_append_and_look() {
    for place in Place::each().await {
        let log = place.open().await.audit(keyed());
        fill(&log, 0..1_000).await;
        let (other, looking) = (place.open().await.audit(keyed()), log.clone());
        let appending = tokio::spawn(async move { fill(&other, 1_000..1_300).await });
        let looking = tokio::spawn(async move { looking.verify(None).await });
        let anchor = log.prune(UnixTime::from_secs(1_800_000_777)).await.unwrap();
        assert_eq!(anchor.sequence, 777);
        appending.await.unwrap();
        // That it was pruned again and again is an error, and no fault.
        if let Ok(found) = looking.await.unwrap() {
            assert_eq!(found.fault, None);
        }
        let found = log.verify(None).await.unwrap();
        assert_eq!((found.fault, found.anchor, found.records), (None, anchor, 1_300 - 777));
        // A link from before the anchor cannot be looked at any more.
        let kept = log.verify(Some(found.head)).await.unwrap();
        assert_eq!(kept, found);
    }
}
