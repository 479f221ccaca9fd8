mod races;

use super::*;
use crate::{
    digest::Peppers, memory::MemoryStore, random::OsRandom, record::Revocation, store::StoreErrorKind,
    text::Text,
};
use palisade_core::ManualClock;
use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};
use tokio::sync::Semaphore;

mod law {
    crate::suite!(|| crate::CachedStore::new(crate::MemoryStore::new()));
}

mod law_of_what_answers_later {
    async fn make() -> crate::CachedStore {
        crate::CachedStore::new(super::Slow::default())
    }
    crate::suite!(make, tokio::test);
}

/// A store that answers later, counts, fails when told to, and tells nobody of changes.
#[derive(Clone, Debug, Default)]
struct Slow(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    store: MemoryStore,
    asked: AtomicUsize,
    broken: AtomicBool,
    /// Look-ups wait for a permit each, where there is a gate.
    gate: Mutex<Option<Arc<Semaphore>>>,
    /// From it comes how often each look-up yields before it reads, and before it tells; 0 is always once.
    steps: Mutex<u64>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            store: MemoryStore::new(),
            asked: AtomicUsize::new(0),
            broken: AtomicBool::new(false),
            gate: Mutex::default(),
            steps: Mutex::default(),
        }
    }
}

impl Parts {
    /// A linear congruential generator: each look-up takes another time, and a failing round fails again.
    fn steps(&self) -> (u64, u64) {
        let mut seed = self.steps.lock().unwrap();
        if *seed == 0 {
            return (1, 1);
        }
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*seed >> 33) % 6, (*seed >> 43) % 14)
    }
}

impl KeyStore for Slow {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        let (parts, id) = (self.0.clone(), *id);
        parts.asked.fetch_add(1, SeqCst);
        Reply::later(async move {
            let gate = parts.gate.lock().unwrap().clone();
            if let Some(gate) = gate {
                gate.acquire().await.unwrap().forget();
            }
            let (before, after) = parts.steps();
            for _ in 0..before {
                tokio::task::yield_now().await;
            }
            if parts.broken.load(SeqCst) {
                return Err(StoreErrorKind::Unavailable.into());
            }
            let answer = parts.store.get(&id).await;
            for _ in 0..after {
                tokio::task::yield_now().await;
            }
            answer
        })
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        let parts = self.0.clone();
        Reply::later(async move {
            tokio::task::yield_now().await;
            let outcome = parts.store.write(changes).await;
            tokio::task::yield_now().await;
            outcome
        })
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        self.0.store.list(query)
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        if self.0.broken.load(SeqCst) {
            return Reply::now(Err(StoreErrorKind::Unavailable.into()));
        }
        self.0.store.touch(id, at)
    }
}

impl Slow {
    fn asked(&self) -> usize {
        self.0.asked.load(SeqCst)
    }
}

fn record() -> KeyRecord {
    let id = KeyId::random(&OsRandom).unwrap();
    let proof = Peppers::none().digest(id.as_bytes()).into();
    let text = Text::lossy;
    KeyRecord::new(
        id,
        proof,
        "acme_live_…9fQz".parse().unwrap(),
        text("ada"),
        Text::lossy("build"),
        UnixTime::from_secs(1),
        text("ada"),
    )
}

fn revoked(record: &KeyRecord) -> KeyRecord {
    let revocation = Revocation { at: UnixTime::from_secs(2), by: Text::lossy("ada"), reason: None };
    KeyRecord { revoked: Some(revocation), ..record.clone() }
}

fn is_revoked(answer: &Result<Option<Arc<KeyRecord>>, StoreError>) -> bool {
    answer.as_ref().unwrap().as_ref().unwrap().revoked.is_some()
}

struct Setup {
    slow: Slow,
    cached: CachedStore,
    time: ManualClock,
    record: KeyRecord,
}

async fn setup() -> Setup {
    let slow = Slow::default();
    let time = ManualClock::new(UnixTime::from_secs(1_000));
    let cached = CachedStore::new(slow.clone()).clock(Clock::manual(&time));
    let record = record();
    slow.0.store.write(vec![Change::Insert(record.clone())]).await.unwrap();
    Setup { slow, cached, time, record }
}

#[tokio::test]
async fn answers_are_believed_for_their_time() {
    let Setup { slow, cached, time, record } = setup().await;
    let unknown = KeyId::random(&OsRandom).unwrap();
    for (id, secs) in [(record.id, 5), (unknown, 10)] {
        let before = slow.asked();
        let found = cached.get(&id).await.unwrap();
        assert_eq!(found.is_some(), id == record.id);
        time.advance(Duration::from_nanos(secs * 1_000_000_000 - 1));
        assert_eq!(cached.get(&id).await.unwrap(), found);
        assert_eq!(slow.asked(), before + 1);
        time.advance(Duration::from_nanos(1));
        cached.get(&id).await.unwrap();
        assert_eq!(slow.asked(), before + 2);
    }
}

#[tokio::test]
async fn age_counts_from_the_question_not_from_the_answer() {
    let Setup { slow, cached, time, record } = setup().await;
    let gate = Arc::new(Semaphore::new(0));
    *slow.0.gate.lock().unwrap() = Some(gate.clone());
    let waiting = tokio::spawn(cached.get(&record.id));
    tokio::task::yield_now().await;
    time.advance(Duration::from_secs(4));
    gate.add_permits(1);
    waiting.await.unwrap().unwrap();
    time.advance(Duration::from_secs(1));
    gate.add_permits(1);
    cached.get(&record.id).await.unwrap();
    assert_eq!(slow.asked(), 2);
}

#[tokio::test]
async fn a335_trouble_is_no_answer_and_what_is_known_holds_for_its_time() {
    let Setup { slow, cached, time, record } = setup().await;
    cached.get(&record.id).await.unwrap();
    slow.0.broken.store(true, SeqCst);
    time.advance(Duration::from_millis(4_999));
    assert!(cached.get(&record.id).await.is_ok());
    assert!(cached.get(&KeyId::random(&OsRandom).unwrap()).await.is_err());
    time.advance(Duration::from_millis(1));
    for _ in 0..3 {
        assert_eq!(cached.get(&record.id).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    }
    slow.0.broken.store(false, SeqCst);
    assert!(cached.get(&record.id).await.unwrap().is_some());
}

#[tokio::test]
async fn many_ask_once_and_nobodys_leaving_ends_it() {
    let Setup { slow, cached, record, .. } = setup().await;
    let gate = Arc::new(Semaphore::new(0));
    *slow.0.gate.lock().unwrap() = Some(gate.clone());
    let leader = tokio::spawn(cached.get(&record.id));
    tokio::task::yield_now().await;
    let others: Vec<_> = (0..50).map(|_| tokio::spawn(cached.get(&record.id))).collect();
    tokio::task::yield_now().await;
    leader.abort();
    assert!(leader.await.is_err());
    gate.add_permits(1);
    for other in others {
        assert!(other.await.unwrap().unwrap().is_some());
    }
    assert_eq!(slow.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_a_second_and_a_stuck_store_is_given_up() {
    let Setup { slow, cached, record, .. } = setup().await;
    *slow.0.gate.lock().unwrap() = Some(Arc::new(Semaphore::new(0)));
    let before = tokio::time::Instant::now();
    assert!(cached.get(&record.id).await.is_err());
    assert_eq!(before.elapsed().as_secs(), 1);
    assert!(cached.get(&record.id).await.is_err());
    assert_eq!(slow.asked(), 1);
    *slow.0.gate.lock().unwrap() = None;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(cached.get(&record.id).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn look_ups_under_way_are_bounded() {
    let Setup { slow, cached, .. } = setup().await;
    *slow.0.gate.lock().unwrap() = Some(Arc::new(Semaphore::new(0)));
    let asking: Vec<_> =
        (0..1_030).map(|_| tokio::spawn(cached.get(&KeyId::random(&OsRandom).unwrap()))).collect();
    for one in asking {
        assert!(one.await.unwrap().is_err());
    }
    assert_eq!(slow.asked(), 1_024);
}

#[tokio::test]
async fn a076_ids_without_a_key_push_no_key_out_and_are_bounded() {
    let store = Arc::new(MemoryStore::new());
    let cached = CachedStore::new(store.clone());
    let records: Vec<KeyRecord> = (0..100).map(|_| record()).collect();
    for record in &records {
        store.write(vec![Change::Insert(record.clone())]).await.unwrap();
        cached.get(&record.id).await.unwrap();
    }
    for _ in 0..30_000 {
        cached.get(&KeyId::random(&OsRandom).unwrap()).await.unwrap();
    }
    let (known, unknown) = cached.remembered();
    assert_eq!(known, 100);
    assert!(unknown <= 10_000, "{unknown}");
}

#[tokio::test]
async fn a060_a_change_elsewhere_is_noticed_at_once_where_the_store_tells_and_in_time_where_not() {
    // Two nodes over one store that tells.
    let store = Arc::new(MemoryStore::new());
    let (here, there) = (CachedStore::new(store.clone()), CachedStore::new(store.clone()));
    let record = record();
    here.write(vec![Change::Insert(record.clone())]).await.unwrap();
    assert!(!is_revoked(&there.get(&record.id).await));
    here.write(vec![Change::Update(revoked(&record))]).await.unwrap();
    assert!(is_revoked(&there.get(&record.id).await));
    // And over one that does not.
    let Setup { slow, cached: here, time, record } = setup().await;
    let there = CachedStore::new(slow).clock(Clock::manual(&time));
    assert!(!is_revoked(&there.get(&record.id).await));
    here.write(vec![Change::Update(revoked(&record))]).await.unwrap();
    assert!(is_revoked(&here.get(&record.id).await));
    time.advance(Duration::from_secs(5));
    assert!(is_revoked(&there.get(&record.id).await));
}

#[tokio::test]
async fn a_new_key_is_found_although_its_id_was_unknown_a_moment_ago() {
    let Setup { cached, .. } = setup().await;
    let record = record();
    assert!(cached.get(&record.id).await.unwrap().is_none());
    cached.write(vec![Change::Insert(record.clone())]).await.unwrap();
    assert!(cached.get(&record.id).await.unwrap().is_some());
}

#[tokio::test]
async fn what_was_missed_may_be_anything() {
    let Setup { slow, cached, record, .. } = setup().await;
    cached.get(&record.id).await.unwrap();
    slow.0.store.write(vec![Change::Update(revoked(&record))]).await.unwrap();
    cached.0.missed();
    assert!(is_revoked(&cached.get(&record.id).await));
}

/// Look-ups race a revocation, each pausing so many times before it reads and before it tells: whoever asks after the
/// revocation was reported never sees the key as it was.
/// The writer leaves while the store writes; whatever came of it, nothing old is believed.
#[tokio::test]
async fn a_write_that_nobody_waits_for_is_forgotten_too() {
    let Setup { slow, cached, record, .. } = setup().await;
    cached.get(&record.id).await.unwrap();
    let write = cached.write(vec![Change::Update(revoked(&record))]);
    drop(write);
    let before = slow.asked();
    cached.get(&record.id).await.unwrap();
    assert_eq!(slow.asked(), before + 1);
}

#[test]
fn without_a_runtime_what_must_wait_is_an_error_and_nothing_is_stuck() {
    let cached = CachedStore::new(Slow::default());
    let id = KeyId::random(&OsRandom).unwrap();
    for _ in 0..2 {
        let error = crate::suite::run(cached.get(&id)).unwrap_err();
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("tokio runtime"));
    }
}

#[tokio::test]
async fn a_use_that_cannot_be_written_takes_nothing_away() {
    let Setup { slow, cached, record, .. } = setup().await;
    cached.get(&record.id).await.unwrap();
    slow.0.broken.store(true, SeqCst);
    assert!(cached.touch(&record.id, UnixTime::from_secs(9)).await.is_err());
    assert!(cached.get(&record.id).await.unwrap().is_some());
    slow.0.broken.store(false, SeqCst);
    cached.touch(&record.id, UnixTime::from_secs(9)).await.unwrap();
    assert_eq!(cached.get(&record.id).await.unwrap().unwrap().last_used, Some(UnixTime::from_secs(9)));
}
