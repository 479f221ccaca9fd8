//! The way of events into the log.

use crate::support::{Mood, Moody, keyed, open, place};
use palisade_core::{
    Clock, Event, EventSink, KeyEvent, ManualClock, Secret, TokenEvent, UnixTime, UserEvent,
};
use palisade_observe::audit::{
    AuditQuery, Entry, MemoryAudit, Outcome, Recorder, RecorderBuilder, RecorderError, Shown,
};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn created(id: &str) -> Event {
    let permissions = "read_models".parse().unwrap();
    Event::Key(KeyEvent::Created { id: id.into(), by: "user:ada@example.org".into(), permissions })
}

async fn all(recorder: &Recorder) -> Vec<Entry> {
    let (mut query, mut entries) = (AuditQuery::default(), Vec::new());
    query.limit = 200;
    loop {
        let page = recorder.page(&query).await.unwrap();
        entries.extend(page.records.into_iter().map(|record| record.entry));
        query.before = page.next;
        if query.before.is_none() {
            entries.reverse();
            return entries;
        }
    }
}

fn acts(entries: &[Entry]) -> Vec<(&str, Outcome)> {
    entries.iter().map(|entry| (&*entry.act, entry.outcome)).collect()
}

#[tokio::test]
async fn a288_a_log_that_is_stuck_costs_no_request_and_refuses_changes_after_a_second() {
    let log = Moody::new();
    let recorder = Recorder::builder(log.clone()).build().unwrap();
    log.be(Mood::Stuck);
    for n in 0..50_000 {
        recorder.emit(&Event::BreakerClosed { name: "breaker", cause: "recovered" });
        assert!(n % 1_000 != 0 || recorder.waiting() <= 8 * 1024 * 1024);
    }
    assert!(recorder.waiting() > 7 * 1024 * 1024);
    assert!(recorder.intend(&created("1")).await.is_err());
    assert!(recorder.record(&created("1")).await.is_err());
    log.be(Mood::Well);
    assert!(recorder.drain(LONG).await);
    let entries = all(&recorder).await;
    let dropped: u64 = entries
        .iter()
        .filter(|entry| entry.outcome == Outcome::Dropped)
        .map(|entry| entry.count.unwrap())
        .sum();
    let kept = entries.iter().filter(|entry| entry.act == "breaker.closed").count() as u64;
    assert!(dropped > 0);
    assert_eq!(kept + dropped, 50_000);
    assert!(recorder.verify().await.unwrap().fault.is_none());
}

#[tokio::test]
async fn a288_a_change_that_waits_a_second_in_vain_is_refused_and_written_when_the_log_is_back() {
    let log = Moody::new();
    let recorder = Recorder::builder(log.clone()).build().unwrap();
    log.be(Mood::Stuck);
    let error = recorder.intend(&created("1")).await.unwrap_err();
    assert!(error.to_string().ends_with("within a second"), "{error}");
    recorder.abandon(&created("1"), "audit_unavailable");
    log.be(Mood::Down);
    assert!(recorder.intend(&created("2")).await.is_err());
    log.be(Mood::Well);
    assert!(recorder.drain(LONG).await);
    let entries = all(&recorder).await;
    let expected = [
        ("key.created", Outcome::Begun),
        ("key.created", Outcome::Abandoned),
        ("key.created", Outcome::Begun),
    ];
    assert_eq!(acts(&entries), expected);
    let numbers: Vec<_> = entries.iter().map(|entry| entry.number.unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2]);
}

#[tokio::test]
async fn what_was_acknowledged_is_there() {
    let (_directory, path) = place();
    let recorder = Recorder::builder(open(&path).unwrap()).build().unwrap();
    recorder.intend(&created("1")).await.unwrap();
    recorder.record(&created("1")).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 2);
    // A285: ids alone; A284: no e-mail address.
    assert!(text.contains("\"target\":\"key:1\"") && !text.contains("ada@"), "{text}");
}

#[tokio::test]
async fn a287_everything_that_was_emitted_is_a_record_and_none_is_there_twice() {
    let recorder = Recorder::builder(MemoryAudit::new(keyed(), 100_000)).build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1_000).for_each(|n| recorder.emit(&created(&n.to_string()))));
        }
    });
    assert!(recorder.drain(LONG).await);
    let mut numbers: Vec<_> = all(&recorder).await.iter().map(|entry| entry.number.unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..4_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a328_what_waits_is_written_before_the_last_owner_is_gone() {
    let log = MemoryAudit::new(keyed(), 100_000);
    let recorder = Recorder::builder(log.clone()).build().unwrap();
    let copies: Vec<_> = (0..4).map(|_| recorder.clone()).collect();
    for copy in copies {
        (0..100).for_each(|n| copy.emit(&created(&n.to_string())));
    }
    drop(recorder);
    let records = palisade_observe::audit::AuditLog::verify(&log, None).await.unwrap().records;
    assert_eq!(records, 400);
}

#[tokio::test]
async fn a290_strangers_are_counted_instead_of_recorded_one_by_one() {
    let time = ManualClock::new(UnixTime::from_secs(1_800_000_000));
    let log = MemoryAudit::new(keyed(), 100_000);
    let recorder = Recorder::builder(log).clock(Clock::manual(&time)).build().unwrap();
    let refused = Event::Token(TokenEvent::Rejected { issuer: None, reason: "token_expired" });
    (0..10_000).for_each(|_| recorder.emit(&refused));
    time.advance(Duration::from_secs(1));
    recorder
        .emit(&Event::User(UserEvent::LoggedIn { user: "1".into(), client: Some([192, 0, 2, 7].into()) }));
    assert!(recorder.drain(LONG).await);
    let entries = all(&recorder).await;
    assert_eq!(entries.len(), 102);
    let [suppressed, login] = &entries[100..] else { panic!() };
    assert_eq!((suppressed.outcome, suppressed.count), (Outcome::Suppressed, Some(9_900)));
    assert_eq!((login.act.as_ref(), login.client), ("user.logged_in", Some([192, 0, 2, 7].into())));
}

#[tokio::test]
async fn a292_time_is_utc_and_the_order_is_the_sequence_whatever_the_clock_does() {
    let time = ManualClock::new(UnixTime::from_nanos(1_800_000_000_123_999_999));
    let recorder =
        Recorder::builder(MemoryAudit::new(keyed(), 10)).clock(Clock::manual(&time)).build().unwrap();
    recorder.record(&created("1")).await.unwrap();
    time.set_wall(UnixTime::from_secs(1_700_000_000));
    recorder.record(&created("2")).await.unwrap();
    let records = recorder.page(&AuditQuery::default()).await.unwrap().records;
    let told: Vec<_> =
        records.iter().rev().map(|it| (it.link.sequence, it.entry.time.rfc3339_millis())).collect();
    assert_eq!(
        told,
        [(1, "2027-01-15T08:00:00.123Z".to_owned()), (2, "2023-11-14T22:13:20.000Z".to_owned())]
    );
    assert!(recorder.verify().await.unwrap().fault.is_none());
}

#[tokio::test]
async fn a285_secrets_have_no_way_into_a_record() {
    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
    let log = MemoryAudit::new(keyed(), 100);
    let secret = Secret::new("sixteen bytes or more");
    let recorder = Recorder::builder(log).pseudonyms(&secret).build().unwrap();
    let because = Event::TokensNotReloaded { reason: format!("line 3: {JWT}\nnext") };
    recorder.emit(&because);
    let entry = Entry::new("config.changed").by("user:ada@example.org").on("user", "bob@example.org");
    recorder.note(
        entry
            .change("url", Shown::id("postgres://app:hunter2@db/x"), Shown::hidden())
            .because("password=hunter2"),
    );
    assert!(recorder.drain(LONG).await);
    let text = format!("{:?}", all(&recorder).await);
    for secret in ["c2lnbmF0dXJl", "hunter2", "ada@", "bob@", "\\n"] {
        assert!(!text.contains(secret), "{text}");
    }
    let same = Recorder::builder(MemoryAudit::new(keyed(), 1)).pseudonyms(&secret).build().unwrap();
    same.record_entry(Entry::new("x").by("user:ada@example.org")).await.unwrap();
    assert_eq!(all(&same).await[0].actor, all(&recorder).await[1].actor);
}

#[tokio::test]
async fn pruning_is_a_record_too() {
    let time = ManualClock::new(UnixTime::from_secs(1_800_000_000));
    let recorder =
        Recorder::builder(MemoryAudit::new(keyed(), 100)).clock(Clock::manual(&time)).build().unwrap();
    recorder.record(&created("1")).await.unwrap();
    time.advance(Duration::from_secs(60));
    assert_eq!(recorder.prune(UnixTime::from_secs(1_800_000_060)).await.unwrap().sequence, 1);
    assert!(recorder.drain(LONG).await);
    assert_eq!(
        acts(&all(&recorder).await),
        [("audit.pruned", Outcome::Begun), ("audit.pruned", Outcome::Done)]
    );
    assert!(recorder.verify().await.unwrap().fault.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_without_a_runtime_waits_by_that_of_the_recorder() {
    let log = Moody::new();
    let recorder = Recorder::builder(log.clone()).build().unwrap();
    let ask = |recorder: Recorder| {
        std::thread::spawn(move || {
            let reply = recorder.record(&created("1"));
            tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(reply)
        })
    };
    ask(recorder.clone()).join().unwrap().unwrap();
    log.be(Mood::Stuck);
    let asked = ask(recorder.clone());
    let outcome = tokio::task::spawn_blocking(move || asked.join().unwrap()).await.unwrap();
    assert!(outcome.unwrap_err().to_string().ends_with("within a second"));
    log.be(Mood::Well);
    recorder.doubt(&created("1"), "store_unavailable");
    assert!(recorder.drain(LONG).await);
    assert_eq!(acts(&all(&recorder).await).last(), Some(&("key.created", Outcome::Unknown)));
}

#[test]
fn outside_of_a_runtime_no_change_is_acknowledged() {
    let recorder = Recorder::builder(MemoryAudit::new(keyed(), 100)).build().unwrap();
    assert!(recorder.record(&created("1")).try_now().unwrap().is_err());
}

#[test]
fn mistakes() {
    let check = |change: fn(RecorderBuilder) -> RecorderBuilder, expected: &str| {
        let builder = change(Recorder::builder(MemoryAudit::new(keyed(), 1)));
        let error: RecorderError = builder.build().unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    };
    check(|builder| builder.queue(1), "a queue of 1 bytes");
    check(|builder| builder.queue(usize::MAX), "a queue of ");
    check(|builder| builder.pseudonyms(&Secret::new("short")), "the secret of pseudonyms is shorter");
}

#[tokio::test]
async fn a284_an_address_that_is_somebodys_name_is_shortened_too() {
    let log = MemoryAudit::new(keyed(), 100);
    let recorder = Recorder::builder(log).shorten_addresses().build().unwrap();
    for who in ["192.0.2.77", "2001:db8:1:2::", "api_key:192.0.2.77"] {
        let suspicion = palisade_core::Suspicion::new(palisade_core::Sign::Junk, who, 20, None);
        recorder.emit(&Event::Suspicion(suspicion));
    }
    assert!(recorder.drain(LONG).await);
    let names: Vec<_> = all(&recorder).await.into_iter().map(|entry| entry.actor.unwrap()).collect();
    assert_eq!(names, ["192.0.2.0".into(), "2001:db8:1::".into(), Box::<str>::from("api_key:192.0.2.77")]);
}
