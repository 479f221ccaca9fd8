//! Many threads, and sinks that misbehave.

use super::*;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

const THREADS: usize = 64;

/// Runs `work` on 64 threads that begin together.
fn together(work: impl Fn(usize) + Sync) {
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(n);
            });
        }
    });
}

#[test]
fn a303_sixty_four_threads_open_it_once_and_probe_once() {
    let bench = bench(plain());
    let permits = Mutex::new((0..THREADS).map(|_| bench.breaker.acquire().unwrap()).collect::<Vec<_>>());
    together(|_| {
        let permit = permits.lock().unwrap().pop().unwrap();
        permit.failure();
    });
    assert_eq!(bench.told.words(), ["open failure_rate"]);

    bench.seconds(5);
    let (probes, kept) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    together(|_| {
        if let Ok(permit) = bench.breaker.acquire() {
            probes.fetch_add(1, SeqCst);
            kept.lock().unwrap().push(permit);
        }
    });
    assert_eq!(probes.load(SeqCst), 1);
    assert_eq!(bench.told.words(), ["open failure_rate", "half-open"]);
}

#[test]
fn a303_every_transition_is_told_once_and_in_order_and_no_permit_is_lost() {
    let second = Duration::from_secs(1);
    let settings = plain().min_calls(5).window_calls(10).open(second, second).probes(1, 1);
    let bench = bench(settings.probe_deadline(3_600 * second));
    together(|n| {
        for round in 0..300 {
            if let Ok(permit) = bench.breaker.acquire() {
                match (n * 31 + round * 17) % 5 {
                    0 | 1 => permit.failure(),
                    2 | 3 => permit.success(),
                    _ => drop(permit),
                }
            }
            if n == 0 {
                bench.seconds(1);
            }
        }
    });
    let words = bench.told.words();
    assert!(words.len() > 20, "{words:?}");
    let mut before = "closed";
    for word in &words {
        let word = word.split(' ').next().unwrap();
        let follows = matches!((before, word), ("closed" | "half-open", "open") | ("open", "half-open"))
            || (before, word) == ("half-open", "closed");
        assert!(follows, "{word} after {before} in {words:?}");
        before = word;
    }
    assert_eq!(bench.breaker.snapshot().probes, 0);
    bench.seconds(60);
    while bench.state() != BreakerState::Closed {
        bench.successes(1);
    }
    bench.successes(100);
}

/// A sink that panics at first, and asks and moves the breaker while it is told.
#[derive(Clone, Debug, Default)]
struct Rude {
    breaker: Arc<Mutex<Option<Breaker>>>,
    told: Told,
}

impl EventSink for Rude {
    fn emit(&self, event: &Event) {
        self.told.emit(event);
        let breaker = self.breaker.lock().unwrap().clone();
        let Some(breaker) = breaker else { panic!("on purpose") };
        if breaker.state() == BreakerState::Open {
            breaker.force_open();
            assert_eq!(breaker.state(), BreakerState::ForcedOpen);
        }
    }
}

#[test]
fn a316_a_sink_that_panics_spoils_nothing() {
    let sink = Rude::default();
    let settings = BreakerSettings::consecutive(1).events(sink.clone());
    let breaker = Breaker::new("billing", settings).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| breaker.acquire().unwrap().failure())).is_err());
    assert!(breaker.acquire().is_err());
    // A sink that uses the breaker does not wait for itself.
    *sink.breaker.lock().unwrap() = Some(breaker.clone());
    breaker.reset();
    breaker.acquire().unwrap().failure();
    assert_eq!(breaker.state(), BreakerState::ForcedOpen);
    assert_eq!(sink.told.words().last().unwrap(), "open forced");
}

/// A sink that takes its time: while it is told of an opening, another thread resets the breaker.
#[derive(Clone, Debug, Default)]
struct Slow {
    breaker: Arc<Mutex<Option<Breaker>>>,
    told: Told,
}

impl EventSink for Slow {
    fn emit(&self, event: &Event) {
        let breaker = self.breaker.lock().unwrap().clone();
        if let (Event::BreakerOpened { .. }, Some(breaker)) = (event, breaker) {
            thread::scope(|scope| scope.spawn(|| breaker.reset()).join().unwrap());
        }
        self.told.emit(event);
    }
}

#[test]
fn a303_a_slow_sink_hears_everything_in_order() {
    let sink = Slow::default();
    let breaker = Breaker::new("billing", BreakerSettings::consecutive(1).events(sink.clone())).unwrap();
    *sink.breaker.lock().unwrap() = Some(breaker.clone());
    for _ in 0..3 {
        breaker.acquire().unwrap().failure();
    }
    let words = ["open consecutive_failures", "closed reset"];
    assert_eq!(sink.told.words(), [words, words, words].concat());
}
