//! Many keys: what is remembered asks nothing, and what is not asks once, by an index.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use http::{HeaderName, Request};
use palisade_apikey::{
    ApiKeys, CachedStore, Change, KeyFormat, KeyId, KeyListener, KeyPage, KeyQuery, KeyRecord, KeyStore,
    MAX_CHANGES, MintedKey, Peppers, StoreError, StoreErrorKind, Text,
};
use palisade_core::{Authenticator as _, Clock, Credential, Facts, ManualClock, Reply, Secret, UnixTime};
use palisade_sql::SqlStore;
use sqlx::{AssertSqlSafe, Row as _};
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Instant,
};
use support::{server, server::patient, times};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
/// So many keys are in use.
const IN_USE: usize = 500;
/// So many are made up.
const MADE_UP: usize = 500;

/// A store that counts what it is asked.
#[derive(Clone, Debug)]
struct Counting(SqlStore, Arc<AtomicUsize>);

impl KeyStore for Counting {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        self.1.fetch_add(1, SeqCst);
        self.0.get(id)
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        self.1.fetch_add(1, SeqCst);
        self.0.write(changes)
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        self.1.fetch_add(1, SeqCst);
        self.0.list(query)
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        self.1.fetch_add(1, SeqCst);
        self.0.touch(id, at)
    }

    fn subscribe(&self, listener: Weak<dyn KeyListener>) -> bool {
        self.0.subscribe(listener)
    }
}

/// A service before a database of many keys.
struct Service {
    keys: ApiKeys,
    clock: Clock,
    asked: Arc<AtomicUsize>,
}

impl Service {
    fn new(store: SqlStore) -> Self {
        Self::with(store, peppers())
    }

    fn with(store: SqlStore, peppers: Peppers) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        // Time stands still, so nothing is forgotten for its age.
        let clock = Clock::manual(&ManualClock::new(NOW));
        let cached = CachedStore::new(Counting(store, asked.clone())).clock(clock.clone());
        Self { keys: ApiKeys::new(format(), peppers, cached), clock, asked }
    }

    async fn holds(&self, presented: &[u8]) -> Result<(), &'static str> {
        let (head, ()) = Request::new(()).into_parts();
        let place = HeaderName::from_static("x-api-key");
        let facts = Facts::new(self.clock.clone());
        let verdict = self.keys.verify(Credential::new(&place, presented), &head, &facts).await;
        verdict.map(drop).map_err(|denial| denial.reason())
    }

    /// All of them are judged so; tells how often the store was asked, and the median time of one.
    async fn round(&self, what: &str, keys: &[MintedKey], expected: Result<(), &'static str>) -> usize {
        let before = self.asked.load(SeqCst);
        let mut took = Vec::with_capacity(keys.len());
        for key in keys {
            #[allow(clippy::disallowed_methods, reason = "told, and nothing depends on it")]
            let start = Instant::now();
            assert_eq!(self.holds(key.expose().as_bytes()).await, expected, "{what}");
            took.push(start.elapsed());
        }
        took.sort_unstable();
        let asked = self.asked.load(SeqCst) - before;
        println!(
            "{what}: {} keys, the store was asked {asked} times, median {:?}",
            keys.len(),
            took[took.len() / 2]
        );
        asked
    }
}

fn format() -> KeyFormat {
    KeyFormat::new("acme", "live", &Secret::new("the check key of tests")).unwrap()
}

fn peppers() -> Peppers {
    Peppers::new(1, &Secret::new([7; 32])).unwrap()
}

fn mint(count: usize) -> Vec<MintedKey> {
    let format = format();
    (0..count).map(|_| format.mint().unwrap()).collect()
}

fn record_of(key: &MintedKey) -> KeyRecord {
    let proof = peppers().digest(key.expose().as_bytes()).into();
    let (owner, name) = (Text::lossy("ada"), Text::lossy("build"));
    let mut record =
        KeyRecord::new(key.id(), proof, key.hint().clone(), owner, name, NOW, Text::lossy("ada"));
    record.permissions = "read_models write_models".parse().unwrap();
    // Used a moment ago, so that no use has to be written.
    record.last_used = Some(NOW);
    record
}

/// Fills a database with so many keys; those that are in use lie among them.
async fn fill(store: &SqlStore, count: usize) -> Vec<MintedKey> {
    let mut in_use = Vec::new();
    let mut written = 0;
    while written < count {
        let keys = mint(MAX_CHANGES.min(count - written));
        insert(store, &keys).await;
        written += keys.len();
        let every = count.div_ceil(IN_USE).max(1);
        in_use.extend(keys.into_iter().enumerate().filter(|(nth, _)| (written + nth) % every == 0));
    }
    in_use.into_iter().map(|(_, key)| key).collect()
}

async fn insert(store: &SqlStore, keys: &[MintedKey]) {
    let mut may_be_there = false;
    for _ in 0..5 {
        let changes = keys.iter().map(|key| Change::Insert(record_of(key))).collect();
        match store.write(changes).await.map_err(|error| error.kind()) {
            Ok(()) => return,
            Err(StoreErrorKind::Conflict) if may_be_there => return,
            // A disk that took its time.
            Err(StoreErrorKind::Unavailable) => may_be_there = true,
            Err(kind) => panic!("{kind:?}"),
        }
    }
    panic!("could not fill the database");
}

async fn ask(store: SqlStore, in_use: &[MintedKey]) {
    assert!(in_use.len() > IN_USE / 4);
    let service = Service::new(store);
    assert_eq!(service.round("first use", in_use, Ok(())).await, in_use.len());
    assert_eq!(service.round("used again", in_use, Ok(())).await, 0);
    assert_eq!(service.round("and again", in_use, Ok(())).await, 0);
    // Made with the check key of this service, as no stranger can: each is asked for once.
    let unknown = mint(MADE_UP);
    assert_eq!(service.round("never made", &unknown, Err("unknown_key")).await, MADE_UP);
    assert_eq!(service.round("never made, again", &unknown, Err("unknown_key")).await, 0);
    // And as strangers make them up.
    let other = KeyFormat::new("acme", "live", &Secret::new("another service's check key")).unwrap();
    let junk: Vec<_> = (0..MADE_UP).map(|_| other.mint().unwrap()).collect();
    assert_eq!(service.round("made up", &junk, Err("bad_checksum")).await, 0);
    assert_eq!(service.round("used at last", in_use, Ok(())).await, 0);
}

/// What the guide says of backups: a restored one brings revoked keys back, and a new pepper ends them all.
#[tokio::test]
async fn a347_a_restored_backup_brings_keys_back_and_a_new_pepper_ends_them() {
    let directory = tempfile::tempdir().unwrap();
    let (path, backup) = (directory.path().join("keys.db"), directory.path().join("backup.db"));
    let url = format!("sqlite:{}", path.display());
    let open = async || patient(&url).open().await.unwrap();
    let key = mint(1).remove(0);
    let presented = key.expose().as_bytes();
    let store = open().await;
    insert(&store, std::slice::from_ref(&key)).await;
    store.close().await;
    std::fs::copy(&path, &backup).unwrap();
    let store = open().await;
    support::revoke(&store, &record_of(&key)).await;
    assert_eq!(Service::new(store.clone()).holds(presented).await, Err("revoked_key"));
    store.close().await;
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    std::fs::copy(&backup, &path).unwrap();
    let store = open().await;
    assert_eq!(Service::new(store.clone()).holds(presented).await, Ok(()));
    let anew = Peppers::new(2, &Secret::new([8; 32])).unwrap();
    assert!(Service::with(store, anew).holds(presented).await.is_err());
}

#[tokio::test]
async fn a_key_among_many_in_a_file_is_one_look_up_and_then_none() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("keys.db").display());
    let store = patient(&url).open().await.unwrap();
    let in_use = fill(&store, times("PALISADE_SQL_KEYS", 5_000)).await;
    ask(store, &in_use).await;
}

#[tokio::test]
async fn a_key_among_many_on_a_server_is_one_look_up_by_an_index_and_then_none() {
    let Some(server) = server::shared() else { return };
    let database = server.database().await;
    let store = patient(&server.url(&database)).open().await.unwrap();
    // A tenth of what fits into a file: a server that never waits for its disk is not what this is about.
    let in_use = fill(&store, times("PALISADE_SQL_KEYS", 50_000) / 10).await;
    server.say(&database, "ANALYZE palisade_keys").await;
    // What the store said last, in the server's words; then how the server would go about it.
    store.get(&in_use[0].id()).await.unwrap().unwrap();
    let mut client = server.client(&database).await;
    let said = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle' \
                AND query LIKE '%FROM palisade_keys WHERE id = $1' LIMIT 1";
    let said: String = sqlx::query(said).fetch_one(&mut client).await.unwrap().get(0);
    let prepare = format!("PREPARE look_up(text) AS {said}");
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut client).await.unwrap();
    let explain = format!("EXPLAIN EXECUTE look_up('{}')", in_use[0].id());
    let plan = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut client).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    assert!(plan[0].starts_with("Index Scan using palisade_keys_pkey on palisade_keys"), "{plan:?}");
    assert!(!plan.iter().any(|line| line.contains("Seq Scan")), "{plan:?}");
    ask(store, &in_use).await;
}
