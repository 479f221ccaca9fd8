//! Processes that are killed while they record changes, in a file of lines and in both databases.

use crate::{
    entries::{keyed, spread},
    support::{place::Place, server::patient, times},
};
use palisade_core::{Clock, Timestamp};
use palisade_observe::audit::{AuditLog, AuditQuery, Entry, FileAudit, Recorder, Sync};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

const WHERE: &str = "PALISADE_SQL_AUDIT_WHERE";
/// How many changes a process makes at once.
const AT_ONCE: usize = 64;

/// Where a log is.
#[derive(Debug)]
enum Home {
    Lines(TempDir),
    Database(Place),
}

impl Home {
    async fn each() -> Vec<Self> {
        let databases = Place::each().await.into_iter().map(Self::Database);
        std::iter::once(Self::Lines(tempfile::tempdir().unwrap())).chain(databases).collect()
    }

    fn name(&self) -> String {
        match self {
            Self::Lines(directory) => format!("lines:{}", directory.path().join("audit.jsonl").display()),
            Self::Database(place) => place.url(),
        }
    }

    /// How many may write at once.
    const fn writers(&self) -> usize {
        match self {
            Self::Lines(_) => 1,
            Self::Database(_) => 2,
        }
    }
}

async fn open(name: &str) -> Arc<dyn AuditLog> {
    match name.strip_prefix("lines:") {
        Some(path) => Arc::new(FileAudit::open(PathBuf::from(path), keyed(), Sync::Always).unwrap()),
        None => Arc::new(patient(name).open().await.unwrap().audit(keyed())),
    }
}

/// What the other process does: makes changes for as long as it lives, and says which were acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role() {
    let Ok(name) = env::var(WHERE) else { return };
    let recorder = Recorder::builder(open(&name).await).build().unwrap();
    // The harness leaves its line open.
    println!("\nready");
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|worker| {
            let recorder = recorder.clone();
            tokio::spawn(async move {
                for n in 0_u64.. {
                    let id = format!("{}-{worker}-{n}", std::process::id());
                    let entry = Entry::new("key.created").by("user:ada").on("key", &id);
                    // Whoever is not acknowledged learns nothing; a busy machine may take longer than a second.
                    if recorder.record_entry(entry).await.is_ok() {
                        println!("done {id} .");
                    }
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
}

/// The lines of another process, read on a thread of their own until it ends.
fn start(name: &str) -> (Child, std::sync::mpsc::Receiver<String>) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "kills::a_role", "--nocapture", "--test-threads=1"]);
    command.env(WHERE, name).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let lines = output.lines().map_while(Result::ok);
        // The last line may be half a line.
        for line in lines.filter_map(|line| Some(line.strip_prefix("done ")?.strip_suffix(" .")?.to_owned()))
        {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    (child, told)
}

/// Kills processes some time after they acknowledged so many changes; which they were.
fn kill_after(home: &Home, changes: usize, wait: Duration) -> BTreeSet<String> {
    let mut acknowledged = BTreeSet::new();
    let mut others: Vec<_> = (0..home.writers()).map(|_| start(&home.name())).collect();
    for (_, told) in &others {
        acknowledged.extend(told.iter().take(changes / home.writers()));
    }
    std::thread::sleep(wait);
    for (child, _) in &mut others {
        child.kill().unwrap();
    }
    for (mut child, told) in others {
        child.wait().unwrap();
        // What it said before it died.
        acknowledged.extend(told);
    }
    acknowledged
}

/// Each record's key, and which one it was of its recorder.
async fn records(home: &Home, log: &dyn AuditLog) -> Vec<(String, String, u64)> {
    let short = |entry: &Entry| {
        let key = entry.target.as_deref().unwrap().strip_prefix("key:").unwrap().to_owned();
        (key, entry.origin.as_deref().unwrap().to_owned(), entry.number.unwrap())
    };
    let mut all = Vec::new();
    if let Home::Lines(directory) = home {
        // A page of a file is the whole file.
        let text = std::fs::read_to_string(directory.path().join("audit.jsonl")).unwrap();
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            all.push(short(&serde_json::from_value(line["record"].clone()).unwrap()));
        }
        return all;
    }
    let mut query = AuditQuery::default();
    query.limit = 200;
    loop {
        let page = log.page(&query).await.unwrap();
        all.extend(page.records.iter().map(|record| short(&record.entry)));
        query.before = page.next;
        if query.before.is_none() {
            return all;
        }
    }
}

/// How long one home may take, in seconds; a soak run says how many minutes all of them may.
fn bound() -> u64 {
    env::var("PALISADE_SOAK_MINUTES").map_or(600, |minutes| minutes.parse::<u64>().unwrap() * 60 / 3)
}

async fn many(home: &Home, changes: usize, kills: usize) {
    let (mut acknowledged, mut waits, clock) = (BTreeSet::new(), spread(0xa287, 20_000), Clock::system());
    let since = |began: Timestamp| Duration::from_nanos(clock.now().mono.nanos_since(began));
    let (began, mut rounds) = (clock.now().mono, 0);
    while rounds < kills && since(began).as_secs() < bound() {
        rounds += 1;
        let wait = Duration::from_micros(waits.next().unwrap());
        acknowledged.extend(kill_after(home, changes / kills, wait));
        // Each time there are few, and ten times where there are many.
        if rounds % (kills / 10).max(1) == 0 {
            let found = open(&home.name()).await.verify(None).await.unwrap();
            assert_eq!(found.fault, None);
            assert!(found.records >= acknowledged.len() as u64, "{found:?}");
        }
    }
    let (written, log) = (since(began), open(&home.name()).await);
    let began = clock.now().mono;
    let found = log.verify(None).await.unwrap();
    let verified = since(began);
    let all = records(home, &*log).await;
    // Gapless, and every acknowledged change is there.
    let count = all.len() as u64;
    assert_eq!((found.records, found.head.sequence, found.fault), (count, count, None));
    let keys: BTreeSet<_> = all.iter().map(|(key, ..)| key.clone()).collect();
    assert_eq!(acknowledged.difference(&keys).count(), 0);
    // Of each process the first so many, and none twice.
    let mut numbers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (_, origin, number) in &all {
        assert!(numbers.entry(origin).or_default().insert(*number), "{origin} {number} twice");
    }
    for (origin, numbers) in numbers {
        assert_eq!(numbers.last().unwrap() + 1, numbers.len() as u64, "{origin}");
    }
    println!(
        "{}: {count} records, {} acknowledged, {rounds} kills in {written:?}, looked through in {verified:?}",
        home.name().split(':').next().unwrap(),
        acknowledged.len()
    );
}

/// 10,000 changes and 10 kills; a soak run sets other numbers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a287_kills_lose_no_change_that_was_acknowledged_and_leave_no_gap() {
    let (changes, kills) = (times("PALISADE_AUDIT_RECORDS", 10_000), times("PALISADE_AUDIT_KILLS", 10));
    for home in Home::each().await {
        many(&home, changes, kills).await;
    }
}
