//! What becomes of changes while the database is away, and what a role must be allowed.

use crate::{
    entries::{entry, fill, keyed},
    support::{place::Place, server::Server, server::patient, until},
};
use palisade_apikey::{ApiKeys, Caller, KeyFormat, Keyring, KeyringError, MemoryStore, NewKey, Peppers};
use palisade_core::{Denial, DenialKind, Scope, UnixTime};
use palisade_observe::audit::{AuditErrorKind, AuditLog as _, AuditQuery, Entry, Outcome, Recorder};
use std::time::Duration;

const MANAGE: Scope = Scope::from_static("manage_users");
const LONG: Duration = Duration::from_secs(30);

async fn acts(recorder: &Recorder) -> Vec<(String, Outcome)> {
    let mut query = AuditQuery::default();
    query.limit = 200;
    let page = recorder.page(&query).await.unwrap();
    page.records
        .into_iter()
        .rev()
        .map(|record| (record.entry.act.to_string(), record.entry.outcome))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a288_while_the_server_is_away_no_change_is_made_and_what_happened_waits() {
    let Some(mut server) = Server::start() else { return };
    let store = patient(&server.url("postgres")).open().await.unwrap();
    let recorder = Recorder::builder(store.audit(keyed())).build().unwrap();
    let format = KeyFormat::with_public_checksum("acme", "live").unwrap();
    let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new()).events(recorder.clone());
    let keyring = Keyring::new(&keys, [MANAGE], MANAGE);
    let create = async |name: &str| {
        keyring.create(&Caller::operator("setup"), NewKey::named(name.parse().unwrap())).await
    };
    create("before").await.unwrap();
    server.kill();
    let refused = create("meanwhile").await.unwrap_err();
    assert!(matches!(refused, KeyringError::Unrecorded { done: false, .. }), "{refused:?}");
    assert_eq!(Denial::from(refused).kind(), DenialKind::Unavailable);
    recorder.note(Entry::new("breaker.opened"));
    server.start_again();
    until("the log to take changes again", async || create("after").await.is_ok()).await;
    assert!(recorder.drain(LONG).await);
    let acts = acts(&recorder).await;
    let count = |act: &str, outcome| acts.iter().filter(|it| **it == (act.to_owned(), outcome)).count();
    assert_eq!(count("key.created", Outcome::Done), 2, "{acts:?}");
    assert!(count("key.created", Outcome::Abandoned) >= 1, "{acts:?}");
    assert_eq!(count("breaker.opened", Outcome::Done), 1, "{acts:?}");
    assert_eq!(recorder.verify().await.unwrap().fault, None);
}

#[tokio::test]
async fn every_question_to_a_database_that_is_away_is_an_error() {
    for place in Place::each().await {
        let store = place.open().await;
        let log = store.audit(keyed());
        fill(&log, 0..3).await;
        store.close().await;
        let kinds = [
            log.append([entry(3)].into()).await.map(drop),
            log.page(&AuditQuery::default()).await.map(drop),
            log.verify(None).await.map(drop),
            log.prune(UnixTime::from_secs(2_000_000_000)).await.map(drop),
        ];
        for kind in kinds {
            assert_eq!(kind.unwrap_err().kind(), AuditErrorKind::Unavailable);
        }
        assert_eq!(place.open().await.audit(keyed()).verify(None).await.unwrap().records, 3);
    }
}

#[tokio::test]
async fn a_role_that_changes_no_record_is_enough() {
    let Some(place) = Place::server().await else { return };
    place.open().await.close().await;
    let Place::Server(server, database) = &place else { return };
    let role = format!("least_audit_{database}");
    let words = format!(
        "CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT ON palisade_schema TO {role};
         GRANT SELECT, INSERT, DELETE ON palisade_audit TO {role}; GRANT SELECT, UPDATE ON palisade_audit_ends TO {role}"
    );
    place.say(&words).await;
    let url = server.url(database).replace("palisade:secret", &role);
    let log = patient(&url).open().await.unwrap().audit(keyed());
    fill(&log, 0..10).await;
    assert_eq!(log.prune(UnixTime::from_secs(1_800_000_004)).await.unwrap().sequence, 4);
    assert_eq!(log.verify(None).await.unwrap().records, 6);
    assert_eq!(log.page(&AuditQuery::default()).await.unwrap().records.len(), 6);
}
