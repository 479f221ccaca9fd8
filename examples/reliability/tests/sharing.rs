//! Two processes and one Redis: a quota is one, and Redis may die.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use palisade_testing::servers::Redis;
use running::{Reliability, until};
use std::{
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
};

const RATES: &str = "/convert?from=EUR&to=USD&amount=1";

/// A process that counts in this Redis and has asked it once.
fn node(redis: &Redis) -> Reliability {
    let env = [("REDIS_URL", redis.url()), ("REDIS_TIMEOUT_MS", "250".into()), ("LOG_LEVEL", "debug".into())];
    let server = Reliability::start(&[], &env.each_ref().map(|(name, value)| (*name, value.as_str())));
    assert_eq!(server.get(RATES).status, 200);
    server
}

/// Ends the load, also where a test fails while it runs.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// Whether a process could not wait for Redis, as can happen where a machine is busy with something else.
fn was_alone(server: &Reliability) -> bool {
    server.log().contains("this process decides alone")
}

#[test]
fn two_processes_admit_the_quota_between_them() {
    for _ in 0..5 {
        let Some(redis) = Redis::start() else { return };
        let nodes = [node(&redis), node(&redis)];
        let answers = thread::scope(|scope| {
            let threads = nodes.each_ref().map(|node| scope.spawn(|| node.flood("/health", 8)));
            threads.map(|thread| thread.join().unwrap())
        });
        if nodes.iter().any(was_alone) {
            continue;
        }
        let all: Vec<_> = answers.iter().flatten().collect();
        assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 5);
        assert_eq!(all.iter().filter(|answer| answer.status == 429).count(), 11);
        // The window began with the first request of either, by one clock.
        let refused = all.iter().filter(|answer| answer.status == 429);
        for wait in refused.map(|answer| answer.header("retry-after").parse::<u64>().unwrap()) {
            assert!((50..=60).contains(&wait), "{wait}");
        }
        return;
    }
    unreachable!("Redis did not answer in a quarter of a second, five times");
}

#[test]
fn without_redis_each_process_admits_its_share() {
    // Nobody listens there.
    let env = [("REDIS_URL", "redis://127.0.0.1:1")];
    for (nodes, share) in [("1", 5), ("2", 2), ("5", 1), ("1000", 1)] {
        let server = Reliability::start(&["--nodes", nodes], &env);
        let answers = server.flood("/health", 7);
        assert!(answers.iter().all(|answer| [200, 429].contains(&answer.status)));
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), share, "{nodes}");
    }
}

#[test]
fn when_redis_dies_under_load_nobody_is_told_an_error_and_it_is_used_again_when_it_is_back() {
    let Some(mut redis) = Redis::start() else { return };
    let server = node(&redis);
    let done = AtomicBool::new(false);
    let load = || {
        let mut statuses = Vec::new();
        while !done.load(SeqCst) {
            statuses.extend(server.flood(RATES, 10).iter().map(|answer| answer.status));
        }
        statuses
    };
    let statuses = thread::scope(|scope| {
        let loads = [scope.spawn(load), scope.spawn(load)];
        let stop = Stop(&done);
        assert_eq!(server.flood("/health", 3).iter().filter(|answer| answer.status == 200).count(), 3);
        redis.kill();
        until("it notices", || server.log().contains("a limiter's store is left alone"));
        // What was counted before counts on: two of five are left.
        let alone: Vec<_> = server.flood("/health", 6).iter().map(|answer| answer.status).collect();
        assert_eq!(alone, [200, 200, 429, 429, 429, 429]);

        redis.start_again();
        until("it notices", || server.log().contains("a limiter's store answers again"));
        // The new Redis has counted nothing yet, and decides.
        until("Redis decides", || server.get("/health").status == 200);
        drop(stop);
        let statuses = loads.map(|load| load.join().unwrap()).concat();
        drop(redis);
        statuses
    });
    assert!(
        statuses.contains(&200) && statuses.iter().all(|status| [200, 429].contains(status)),
        "{statuses:?}"
    );
}
