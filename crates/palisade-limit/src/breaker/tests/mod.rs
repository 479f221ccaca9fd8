//! Breakers by hand, on a clock that tests hold.

mod calling;
mod closing;
mod guarding;
mod laws;
#[cfg(feature = "metrics")]
mod metering;
mod opening;
mod probing;
mod setting;
mod sharing;

use super::{Breaker, BreakerSettings, BreakerState, CallOutcome};
use palisade_core::{Clock, Event, EventSink, ManualClock, UnixTime};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// A breaker, its time, and what it told.
struct Bench {
    time: ManualClock,
    breaker: Breaker,
    told: Told,
}

#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<Event>>>);

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Told {
    /// Each event in a word, with its cause.
    fn words(&self) -> Vec<String> {
        let word = |event: &Event| match event {
            Event::BreakerOpened { cause, .. } => format!("open {cause}"),
            Event::BreakerHalfOpen { .. } => "half-open".to_owned(),
            Event::BreakerClosed { cause, .. } => format!("closed {cause}"),
            other => format!("{other:?}"),
        };
        self.0.lock().unwrap().iter().map(word).collect()
    }

    /// How long it stayed open, each time that it opened by itself.
    fn times(&self) -> Vec<Duration> {
        let time = |event: &Event| match event {
            Event::BreakerOpened { retry_in, .. } => *retry_in,
            _ => None,
        };
        self.0.lock().unwrap().iter().filter_map(time).collect()
    }
}

fn bench(settings: BreakerSettings) -> Bench {
    let (time, told) = (ManualClock::new(UnixTime::from_secs(1_704_067_200)), Told::default());
    let settings = settings.clock(Clock::manual(&time)).events(told.clone());
    Bench { time, breaker: Breaker::new("billing", settings).unwrap(), told }
}

/// The defaults, without chance and without a ramp.
fn plain() -> BreakerSettings {
    BreakerSettings::default().jitter(0).ramp(Duration::ZERO)
}

impl Bench {
    /// Makes `count` calls that come to `outcome`; none may be refused.
    fn calls(&self, count: u32, outcome: CallOutcome) {
        for _ in 0..count {
            self.breaker.acquire().unwrap().settle(outcome);
        }
    }

    fn failures(&self, count: u32) {
        self.calls(count, CallOutcome::Failure);
    }

    fn successes(&self, count: u32) {
        self.calls(count, CallOutcome::Success);
    }

    fn call_of(&self, time: Duration) {
        let permit = self.breaker.acquire().unwrap();
        self.time.advance(time);
        permit.success();
    }

    fn state(&self) -> BreakerState {
        self.breaker.state()
    }

    fn seconds(&self, seconds: u64) {
        self.time.advance(Duration::from_secs(seconds));
    }

    fn is_refused(&self) -> bool {
        self.breaker.acquire().is_err()
    }

    /// Opened by its own rules, with its time over.
    fn half_open(self) -> Self {
        while self.state() == BreakerState::Closed {
            self.failures(1);
        }
        self.time.advance(self.breaker.snapshot().retry_in);
        assert_eq!(self.state(), BreakerState::HalfOpen);
        self
    }
}
