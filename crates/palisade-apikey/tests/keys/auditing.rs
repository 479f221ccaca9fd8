//! Changes that nobody can take note of.

use crate::support::{MANAGE, READ, app};
use palisade_apikey::{
    ApiKeys, Caller, KeyPatch, KeyQuery, KeyStore as _, Keyring, KeyringError, MemoryStore, NewKey, Peppers,
};
use palisade_core::{Denial, Event, EventSink, Reply, Unrecorded};
use std::{
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

/// Takes note until it is told not to.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<(Vec<&'static str>, [bool; 2])>>);

impl Notes {
    fn refuse(&self, intents: bool, ends: bool) {
        *self.0.lock().unwrap() = (Vec::new(), [intents, ends]);
    }

    fn taken(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().0.clone()
    }

    fn note(&self, what: &'static str, nth: usize) -> Reply<Result<(), Unrecorded>> {
        let this = self.clone();
        Reply::later(async move {
            tokio::task::yield_now().await;
            let mut notes = this.0.lock().unwrap();
            if notes.1[nth] {
                return Err(Unrecorded::new("the disk is full"));
            }
            notes.0.push(what);
            Ok(())
        })
    }
}

impl EventSink for Notes {
    fn emit(&self, _: &Event) {
        self.0.lock().unwrap().0.push("told");
    }

    fn intend(&self, _: &Event) -> Reply<Result<(), Unrecorded>> {
        self.note("begun", 0)
    }

    fn record(&self, _: &Event) -> Reply<Result<(), Unrecorded>> {
        self.note("done", 1)
    }

    fn abandon(&self, _: &Event, reason: &'static str) {
        self.0.lock().unwrap().0.push(reason);
    }
}

fn keyring() -> (Keyring, Arc<MemoryStore>, Notes) {
    let (store, notes) = (Arc::new(MemoryStore::new()), Notes::default());
    let keys = ApiKeys::new(crate::support::format(), Peppers::none(), store.clone()).events(notes.clone());
    (Keyring::new(&keys, [READ, MANAGE], MANAGE), store, notes)
}

fn new() -> NewKey {
    NewKey::named("ci".parse().unwrap())
}

async fn count(store: &MemoryStore) -> usize {
    let mut query = KeyQuery::default();
    query.limit = 100;
    store.list(&query).await.unwrap().records.len()
}

#[tokio::test]
async fn a288_a_change_that_cannot_be_recorded_is_not_made() {
    let (keyring, store, notes) = keyring();
    let operator = Caller::operator("test");
    let id = keyring.create(&operator, new()).await.unwrap().key.id();
    let before = store.get(&id).await.unwrap().unwrap();
    assert_eq!(notes.taken(), ["begun", "done"]);
    notes.refuse(true, false);
    let mut patch = KeyPatch::default();
    patch.disabled = Some(true);
    let outcomes = [
        keyring.create(&operator, new()).await.err(),
        keyring.update(&operator, id, patch, None).await.err(),
        keyring.rotate(&operator, id, Duration::ZERO).await.err(),
        keyring.revoke(&operator, id, None).await.err(),
    ];
    for error in outcomes {
        let error = error.unwrap();
        assert!(matches!(error, KeyringError::Unrecorded { done: false, .. }), "{error}");
        let denial = Denial::from(error);
        assert_eq!((denial.kind().status().as_u16(), denial.reason()), (503, "audit_unavailable"));
        assert_eq!(denial.details().unwrap()["done"], false);
    }
    assert_eq!(notes.taken(), ["audit_unavailable"; 4]);
    assert_eq!(count(&store).await, 1);
    assert_eq!(store.get(&id).await.unwrap().unwrap(), before);
}

#[tokio::test]
async fn a288_a_change_that_was_made_and_cannot_be_recorded_is_not_acknowledged() {
    let (keyring, store, notes) = keyring();
    notes.refuse(false, true);
    let error = keyring.create(&Caller::operator("test"), new()).await.unwrap_err();
    assert!(matches!(error, KeyringError::Unrecorded { done: true, .. }), "{error}");
    let denial = Denial::from(error);
    assert_eq!((denial.kind().status().as_u16(), denial.reason()), (503, "done_unrecorded"));
    assert_eq!(denial.details().unwrap()["done"], true);
    assert!(denial.message().starts_with("The change was made"));
    // What stands is that it began.
    assert_eq!((count(&store).await, notes.taken()), (1, vec!["begun"]));
}

#[tokio::test]
async fn a315_a_client_that_hangs_up_changes_nothing_of_what_is_recorded() {
    let (keyring, store, notes) = keyring();
    for _ in 0..20 {
        let operator = Caller::operator("test");
        let mut create = Box::pin(keyring.create(&operator, new()));
        // Polled once, and gone.
        let polled = std::future::poll_fn(|cx| Poll::Ready(create.as_mut().poll(cx).is_pending()));
        assert!(polled.await);
    }
    while notes.taken().len() < 40 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let taken = notes.taken();
    let how_many = |what| taken.iter().filter(|note| **note == what).count();
    assert_eq!((count(&store).await, how_many("begun"), how_many("done")), (20, 20, 20));
}

#[tokio::test]
async fn a_change_that_the_store_refuses_is_told_as_not_made() {
    let app = app();
    app.store.set_broken(true);
    let notes = Notes::default();
    let keys =
        ApiKeys::new(crate::support::format(), Peppers::none(), app.store.clone()).events(notes.clone());
    let keyring = Keyring::new(&keys, [READ, MANAGE], MANAGE);
    assert!(keyring.create(&Caller::operator("test"), new()).await.is_err());
    assert_eq!(notes.taken(), ["begun", "key_store_unavailable"]);
}
