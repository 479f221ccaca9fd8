//! What is stored, and that many nodes count together.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_core::{By, Clock, Event, Facts, Key, KeyHasher, Timestamp, UnixTime};
use palisade_limit::{Charge, MemoryStore, Op, Quota, RateStore, Receipt, quota};
use palisade_redis::RedisStore;
use proptest::prelude::*;
use std::{sync::Arc, time::Duration};
use support::{
    SECOND, Told, apply, at, key,
    server::{self, Server},
    take, until,
};

/// For tests of what is counted, on a machine that may be busy.
fn store(server: &Server) -> RedisStore {
    RedisStore::builder(server.url()).operation_timeout(Duration::from_millis(250)).build().unwrap()
}

fn kinds() -> [Quota; 9] {
    [
        quota!("5/minute"),
        quota!("7/second burst 3"),
        quota!("5/minute fixed"),
        quota!("5/minute fixed epoch"),
        quota!("5/minute fixed first-hit"),
        quota!("5/month fixed calendar +02:00"),
        quota!("5/minute sliding"),
        quota!("5/minute strict"),
        quota!("1 per 3650 days"),
    ]
}

/// Keys without an end; one that has just come to it has none either, but says so differently.
fn eternal(server: &Server) -> Vec<String> {
    let script = "local found = {} \
        for _, key in ipairs(redis.call('KEYS', '*')) do \
            if redis.call('TTL', key) == -1 then found[#found + 1] = key end \
        end \
        return found";
    server.command(&["EVAL", script, "0"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a221_every_key_has_an_end_whatever_happens_to_clients() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let (shared, stop) = (store(&server), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let killer = std::thread::spawn({
        let (mut client, stop) = (server.client(), Arc::clone(&stop));
        move || {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let _: Result<i64, _> = redis::cmd("CLIENT")
                    .arg("KILL")
                    .arg("TYPE")
                    .arg("normal")
                    .arg("SKIPME")
                    .arg("yes")
                    .query(&mut client);
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    });
    let operations: usize =
        std::env::var("PALISADE_REDIS_OPERATIONS").map_or(4_000, |count| count.parse().unwrap());
    let mut done = 0;
    for nth in 0..operations / 32 {
        let quota = kinds()[nth % kinds().len()];
        let calls = (0..32).map(|lane| {
            let shared = shared.clone();
            tokio::spawn(async move {
                let one = if lane % 8 < 4 { Key::from_bytes([lane; 16]) } else { key() };
                match lane % 8 {
                    5 => {
                        let until = Clock::system().now().mono.plus_nanos(SECOND);
                        apply(&shared, Op::Block { until }, one, &quota, 0).await.is_ok()
                    }
                    6 => match apply(&shared, Op::Take, one, &quota, 2).await {
                        Ok(outcome) => match outcome.into_receipt() {
                            Some(receipt) => {
                                apply(&shared, Op::Settle(receipt), one, &quota, 1).await.is_ok()
                            }
                            None => true,
                        },
                        Err(_) => false,
                    },
                    _ => take(&shared, one, &quota).await.is_ok(),
                }
            })
        });
        for call in calls.collect::<Vec<_>>() {
            done += usize::from(call.await.unwrap());
        }
        if shared_is_given_up(&shared).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    killer.join().unwrap();
    let keys: i64 = server.command(&["DBSIZE"]);
    println!("{done} of {operations} operations, {keys} keys");
    assert!(done > 0 && keys > 0);
    assert_eq!(eternal(&server), Vec::<String>::new());
}

async fn shared_is_given_up(shared: &RedisStore) -> bool {
    take(shared, key(), &quota!("1/second")).await.is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a222_two_nodes_with_many_tasks_admit_exactly() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let nodes = [store(&server), store(&server)];
    for quota in
        [quota!("100/hour"), quota!("100/hour fixed"), quota!("100/hour sliding"), quota!("100/hour strict")]
    {
        let one = key();
        let tasks: Vec<_> = (0..64)
            .map(|nth| {
                let node = nodes[nth % 2].clone();
                tokio::spawn(async move {
                    let mut admitted = 0;
                    for _ in 0..5 {
                        admitted += usize::from(take(&node, one, &quota).await.unwrap());
                    }
                    admitted
                })
            })
            .collect();
        let mut admitted = 0;
        for task in tasks {
            admitted += task.await.unwrap();
        }
        assert_eq!(admitted, 100, "{quota}");
    }
}

#[tokio::test]
async fn a227_values_that_are_none_of_ours_begin_afresh() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let far = "99999999999 0";
    for quota in kinds() {
        for garbage in [
            vec!["SET", "?", ""],
            vec!["SET", "?", "garbage"],
            vec!["SET", "?", "nan nan"],
            vec!["SET", "?", "-1 -1"],
            vec!["SET", "?", "1e300 5 5 5"],
            vec!["SET", "?", "99999999999999999999 0"],
            vec!["SET", "?", far],
            vec!["SET", "?", "99999999999 0 4"],
            vec!["SET", "?", "99999999999 0 4 4"],
            vec!["SET", "?", "\u{1}\u{2}\u{0}"],
            vec!["HSET", "?", "a", "b"],
            vec!["LPUSH", "?", "a"],
        ] {
            let told = Told::default();
            let shared = RedisStore::builder(server.url())
                .operation_timeout(Duration::from_millis(250))
                .events(told.clone())
                .build()
                .unwrap();
            let one = key();
            for suffix in ["", ":block"] {
                let hex: String = one.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
                let name = format!("rl:{{{hex}}}:{:016x}{suffix}", quota.identity());
                if suffix == ":block" && garbage.last() == Some(&far) {
                    continue;
                }
                let command: Vec<_> =
                    garbage.iter().map(|part| if *part == "?" { name.as_str() } else { part }).collect();
                let _: redis::Value = server.command(&command);
                let outcome = apply(&shared, Op::Peek, one, &quota, 1).await.unwrap();
                assert!(outcome.admitted(), "{quota}: {garbage:?}");
                assert!(take(&shared, one, &quota).await.unwrap(), "{quota}: {garbage:?}");
                let remaining =
                    apply(&shared, Op::Peek, one, &quota, 0).await.unwrap().decisions()[0].remaining;
                assert_eq!(remaining + 1, quota.capacity());
                let _: i64 = server.command(&["DEL", &name]);
            }
            assert_eq!(told.count(|event| matches!(event, Event::LimiterCorrupt { .. })), 1, "{garbage:?}");
        }
    }
    assert_eq!(eternal(&server), Vec::<String>::new());
}

#[tokio::test]
async fn a230_clocks_of_nodes_do_not_matter() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    for quota in kinds() {
        let (one, nodes) = (key(), [store(&server), store(&server), store(&server)]);
        let now = Clock::system().now();
        let minutes = |minutes: u64| minutes * 60 * SECOND;
        let clocks = [
            (now.mono.as_nanos(), now.wall.as_nanos()),
            (now.mono.as_nanos() + minutes(5), now.wall.as_nanos() + minutes(5)),
            (7, now.wall.as_nanos() - minutes(5)),
        ];
        let mut admitted = 0;
        for nth in 0..30 {
            let (mono, wall) = clocks[nth % 3];
            let moment =
                palisade_core::Moment { mono: Timestamp::from_nanos(mono), wall: UnixTime::from_nanos(wall) };
            let charge = Charge { key: one, quota: &quota, cost: 1 };
            let outcome = nodes[nth % 3].apply(Op::Take, &[charge], moment).await.unwrap();
            admitted += u32::from(outcome.admitted());
            let decision = outcome.decisions()[0];
            // Told in terms of the caller's clock.
            assert!(decision.reset >= moment.mono);
            let longest = 2 * quota.window_secs() * SECOND + SECOND;
            assert!(decision.reset.nanos_since(moment.mono) <= longest, "{quota}");
        }
        // Seven a second come back while the test runs.
        let more = if quota.interval_nanos() < SECOND { 30 } else { 0 };
        assert!((quota.capacity()..=quota.capacity() + more).contains(&admitted), "{quota}: {admitted}");
    }
}

#[tokio::test]
async fn a231_strange_principals_are_keys_like_others() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let (shared, quota) = (store(&server), quota!("1/hour"));
    let hasher = KeyHasher::seeded(&[7; 16], "test");
    let long = "x".repeat(1_024);
    for strange in ["{}", "a:b", "a\tb", "ä b", "{a}{b}", &long] {
        let value = http::HeaderValue::from_bytes(strange.as_bytes()).unwrap();
        let (head, ()) = http::Request::builder().header("x-id", value).body(()).unwrap().into_parts();
        let by = By::header(http::HeaderName::from_static("x-id"));
        let one = by.key(&head, &Facts::new(Clock::system()), &hasher).unwrap().unwrap();
        assert!(take(&shared, one, &quota).await.unwrap());
        assert!(!take(&shared, one, &quota).await.unwrap());
    }
    let keys: Vec<String> = server.command(&["KEYS", "*"]);
    assert_eq!(keys.len(), 6);
    for name in keys {
        assert!(
            name.starts_with("rl:{")
                && name.matches(['{', '}']).count() == 2
                && name.is_ascii()
                && name.len() < 64
        );
    }
}

#[tokio::test]
async fn one_call_is_one_command() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let (shared, one) = (store(&server), key());
    take(&shared, one, &quota!("5/minute")).await.unwrap();
    let before: String = server.command(&["INFO", "commandstats"]);
    let quotas = kinds();
    let charges: Vec<_> = quotas[..8].iter().map(|quota| Charge { key: one, quota, cost: 1 }).collect();
    for _ in 0..10 {
        shared.apply(Op::Take, &charges, Clock::system().now()).await.unwrap();
    }
    let after: String = server.command(&["INFO", "commandstats"]);
    let calls = |text: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with("cmdstat_evalsha:")).unwrap();
        line.split_once("calls=").unwrap().1.split(',').next().unwrap().parse().unwrap()
    };
    assert_eq!(calls(&after) - calls(&before), 10);
}

/// What happens to one of three counters after so many nanoseconds.
#[derive(Clone, Debug)]
enum Step {
    Take(u32),
    Peek(u32),
    Settle(u32),
    Penalize(u32),
    Reward(u32),
    Block(u64),
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<(u64, usize, Step)>> {
    let gap = prop_oneof![3 => Just(0), 2 => 0..2 * SECOND, 2 => 0..40 * SECOND, 1 => 0..10_000 * SECOND, 1 => 1..1_000_u64];
    let step = prop_oneof![
        8 => (0..4_u32).prop_map(Step::Take),
        1 => (4..9_u32).prop_map(Step::Take),
        2 => (0..7_u32).prop_map(Step::Peek),
        3 => (0..9_u32).prop_map(Step::Settle),
        2 => (0..9_u32).prop_map(Step::Penalize),
        2 => (0..9_u32).prop_map(Step::Reward),
        1 => (0..30 * SECOND).prop_map(Step::Block),
        1 => Just(Step::Clear),
    ];
    proptest::collection::vec((gap, 0..3_usize, step), 1..60)
}

/// The store in memory, which its own tests hold to the pure functions, and Redis decide alike to the nanosecond.
#[test]
fn memory_and_redis_decide_alike() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let redis = RedisStore::builder(server.url())
        .operation_timeout(Duration::from_millis(250))
        .dangerous_callers_clock()
        .build()
        .unwrap();
    let quotas = kinds();
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) }, |(steps in steps(), first in 0..9_usize)| {
        let quotas = [quotas[first], quotas[(first + 1) % 9], quotas[(first + 4) % 9]];
        let (memory, one, mut now) = (MemoryStore::new(), key(), 0);
        let mut receipts: Vec<(usize, Receipt, Receipt)> = Vec::new();
        for (gap, which, step) in steps {
            now += gap;
            // Every third step is about two quotas at once.
            let several = now % 3 == 0;
            let of = |cost| -> Vec<Charge<'_>> {
                let count = if several { 2 } else { 1 };
                (0..count).map(|nth| Charge { key: one, quota: &quotas[(which + nth) % 3], cost }).collect()
            };
            let both = |op: &dyn Fn(bool) -> Op, charges: &[Charge<'_>]| {
                let a = runtime.block_on(async { memory.apply(op(true), charges, at(now)).await.unwrap() });
                let b = runtime.block_on(async { redis.apply(op(false), charges, at(now)).await.unwrap() });
                (a, b)
            };
            match step {
                Step::Take(cost) => {
                    let (a, b) = both(&|_| Op::Take, &of(cost));
                    prop_assert_eq!(a.decisions(), b.decisions());
                    if let (false, Some(a), Some(b)) = (several, a.into_receipt(), b.into_receipt()) && cost > 0 {
                        prop_assert_eq!(a.charged(), b.charged());
                        receipts.push((which, a, b));
                    }
                }
                Step::Peek(cost) => {
                    let (a, b) = both(&|_| Op::Peek, &of(cost));
                    prop_assert_eq!(a.decisions(), b.decisions());
                }
                Step::Settle(cost) => {
                    let Some((which, a, b)) = receipts.pop() else { continue };
                    let charges = [Charge { key: one, quota: &quotas[which], cost }];
                    runtime.block_on(async {
                        memory.apply(Op::Settle(a), &charges, at(now)).await.unwrap();
                        redis.apply(Op::Settle(b), &charges, at(now)).await.unwrap();
                    });
                }
                Step::Penalize(cost) => {
                    both(&|_| Op::Penalize, &of(cost));
                }
                Step::Reward(amount) => {
                    both(&|_| Op::Reward, &of(amount));
                }
                Step::Block(length) => {
                    both(&|_| Op::Block { until: at(now + length).mono }, &of(0));
                }
                Step::Clear => {
                    both(&|_| Op::Clear, &of(0));
                    receipts.clear();
                }
            }
        }
    });
}

#[tokio::test]
async fn keys_are_gone_when_nothing_is_left_to_remember() {
    let Some(program) = server::redis() else { return };
    let server = Server::start(&program, &[]);
    let shared = store(&server);
    take(&shared, key(), &quota!("10/second")).await.unwrap();
    let keys: i64 = server.command(&["DBSIZE"]);
    assert_eq!(keys, 1);
    until("the key to be gone", async || server.command::<i64>(&["DBSIZE"]) == 0).await;
}
