//! The state machine: pure in its rules, its state, the time and what is told to it.

use super::{
    probes::Probes,
    rules::{Rules, SECOND},
    transition::{BreakerState, CallOutcome, Transition},
    window::{Tally, Window, reaches},
};
use palisade_core::Timestamp;
use std::collections::VecDeque;

#[derive(Clone, Debug)]
pub(super) struct State {
    phase: Phase,
    /// Changes with every transition. A call that began in another generation says nothing about this one.
    generation: u64,
    /// How often it opened without having been well in between.
    level: u32,
    window: Window,
    /// The latest time seen; a clock that goes back stands still here.
    latest: Timestamp,
    /// For jitter.
    random: u64,
}

#[derive(Clone, Debug)]
enum Phase {
    Closed { ramp: Option<Ramp> },
    Open { until: Timestamp },
    HalfOpen(Box<Probes>),
    ForcedOpen,
    ForcedClosed,
}

/// After recovery, a growing share of calls.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    since: Timestamp,
    /// Thousandths of a call that may pass.
    credit: u64,
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Ticket {
    generation: u64,
    began: Timestamp,
    /// Its place among the probes, where it is one.
    probe: Option<usize>,
}

/// Why a call may not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) reason: &'static str,
    /// Nanoseconds after which another call may pass; 0 where nobody can say.
    pub(super) wait: u64,
}

/// What a look at it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) state: BreakerState,
    pub(super) tally: Tally,
    pub(super) wait: u64,
    pub(super) probes: usize,
    pub(super) share: u64,
}

type Told = VecDeque<Transition>;

/// The first share of calls after recovery, in thousandths.
const RAMP_FROM: u64 = 100;
const WHOLE: u64 = 1_000;

impl State {
    pub(super) fn new(rules: &Rules, seed: u64) -> Self {
        Self {
            phase: Phase::Closed { ramp: None },
            generation: 0,
            level: 0,
            window: Window::new(rules.span),
            latest: Timestamp::default(),
            random: seed,
        }
    }

    /// Lets a call begin, or says why not.
    pub(super) fn admit(
        &mut self,
        rules: &Rules,
        now: Timestamp,
        told: &mut Told,
    ) -> Result<Ticket, Refused> {
        let now = self.pass_time(rules, now, told);
        let ticket = |probe| Ticket { generation: self.generation, began: now, probe };
        let refused = |reason, wait| Err(Refused { reason, wait });
        match &mut self.phase {
            Phase::Closed { ramp: Some(ramp) } => {
                ramp.credit += ramp.share(rules, now);
                if ramp.credit < WHOLE {
                    return refused("circuit_recovering", 0);
                }
                ramp.credit -= WHOLE;
                Ok(ticket(None))
            }
            Phase::Closed { ramp: None } | Phase::ForcedClosed => Ok(ticket(None)),
            Phase::Open { until } => refused("circuit_open", until.nanos_since(now)),
            Phase::HalfOpen(probes) => match probes.begin(rules, now) {
                Some(place) => Ok(ticket(Some(place))),
                None => refused("circuit_half_open", 0),
            },
            Phase::ForcedOpen => refused("circuit_forced_open", rules.open),
        }
    }

    /// Takes note of what a call came to.
    pub(super) fn settle(
        &mut self,
        rules: &Rules,
        ticket: &Ticket,
        outcome: CallOutcome,
        now: Timestamp,
        told: &mut Told,
    ) {
        let now = self.pass_time(rules, now, told);
        if ticket.generation != self.generation {
            return;
        }
        let failed = outcome == CallOutcome::Failure;
        let slow = now.nanos_since(ticket.began) >= rules.slow_call;
        match &mut self.phase {
            Phase::Closed { .. } if outcome != CallOutcome::Neither => {
                self.window.record(failed, slow, now);
                if let Some(cause) = self.trips(rules, now) {
                    self.open(rules, now, cause, told);
                }
            }
            Phase::HalfOpen(probes) => {
                probes.end(ticket.probe);
                match outcome {
                    CallOutcome::Neither => {}
                    CallOutcome::Failure => self.open(rules, now, "probe_failed", told),
                    CallOutcome::Success if slow && rules.slow_percent.is_some() => {
                        self.open(rules, now, "probe_slow", told);
                    }
                    CallOutcome::Success => {
                        if probes.succeed() >= rules.most_probes {
                            let ramp =
                                (rules.ramp > 0).then_some(Ramp { since: now, credit: WHOLE - RAMP_FROM });
                            if ramp.is_none() {
                                self.level = 0;
                            }
                            self.enter(
                                Phase::Closed { ramp },
                                Transition::Closed { cause: "recovered" },
                                told,
                            );
                        }
                    }
                }
            }
            Phase::Closed { .. } | Phase::Open { .. } | Phase::ForcedOpen | Phase::ForcedClosed => {}
        }
    }

    /// Refuses everything until [`force_closed`](Self::force_closed) or [`reset`](Self::reset).
    pub(super) fn force_open(&mut self, told: &mut Told) {
        if !matches!(self.phase, Phase::ForcedOpen) {
            self.enter(Phase::ForcedOpen, Transition::Opened { cause: "forced", nanos: None }, told);
        }
    }

    /// Admits everything until [`force_open`](Self::force_open) or [`reset`](Self::reset).
    pub(super) fn force_closed(&mut self, told: &mut Told) {
        if !matches!(self.phase, Phase::ForcedClosed) {
            self.enter(Phase::ForcedClosed, Transition::Closed { cause: "forced" }, told);
        }
    }

    /// Begins anew: closed, and nothing counted.
    pub(super) fn reset(&mut self, told: &mut Told) {
        self.level = 0;
        if matches!(self.phase, Phase::Closed { .. }) {
            self.phase = Phase::Closed { ramp: None };
            self.window.clear();
        } else {
            self.enter(Phase::Closed { ramp: None }, Transition::Closed { cause: "reset" }, told);
        }
    }

    pub(super) fn look(&mut self, rules: &Rules, now: Timestamp, told: &mut Told) -> Look {
        let now = self.pass_time(rules, now, told);
        let (state, wait, probes, share) = match &self.phase {
            Phase::Closed { ramp } => {
                (BreakerState::Closed, 0, 0, ramp.map_or(WHOLE, |ramp| ramp.share(rules, now)))
            }
            Phase::Open { until } => (BreakerState::Open, until.nanos_since(now), 0, 0),
            Phase::HalfOpen(probes) => (BreakerState::HalfOpen, 0, probes.under_way(), 0),
            Phase::ForcedOpen => (BreakerState::ForcedOpen, rules.open, 0, 0),
            Phase::ForcedClosed => (BreakerState::ForcedClosed, 0, 0, WHOLE),
        };
        Look { state, tally: self.window.tally(now), wait, probes, share }
    }

    /// Does what time alone does, as if a timer had, and returns the time that holds here.
    fn pass_time(&mut self, rules: &Rules, now: Timestamp, told: &mut Told) -> Timestamp {
        self.latest = self.latest.max(now);
        let now = self.latest;
        loop {
            match &self.phase {
                Phase::Closed { ramp: Some(ramp) } if now.nanos_since(ramp.since) >= rules.ramp => {
                    self.phase = Phase::Closed { ramp: None };
                    self.level = 0;
                }
                Phase::Open { until } if *until <= now => {
                    self.enter(Phase::HalfOpen(Box::default()), Transition::HalfOpened, told);
                }
                Phase::HalfOpen(probes) => match probes.overdue(rules, now) {
                    Some(since) => self.open(rules, since, "probe_overdue", told),
                    None => return now,
                },
                _ => return now,
            }
        }
    }

    fn trips(&self, rules: &Rules, now: Timestamp) -> Option<&'static str> {
        let tally = self.window.tally(now);
        let enough = tally.calls >= rules.min_calls;
        if rules.consecutive.is_some_and(|failures| self.window.run(tally) >= failures) {
            Some("consecutive_failures")
        } else if enough && reaches(tally.failures, tally.calls, rules.failure_percent) {
            Some("failure_rate")
        } else if enough && reaches(tally.slow, tally.calls, rules.slow_percent) {
            Some("slow_calls")
        } else {
            None
        }
    }

    fn open(&mut self, rules: &Rules, at: Timestamp, cause: &'static str, told: &mut Told) {
        let doubled = rules.open.saturating_mul(1 << self.level.min(32));
        let nanos = self.jittered(doubled.min(rules.open_at_most), rules.jitter_percent);
        self.level = self.level.saturating_add(1);
        let phase = Phase::Open { until: at.plus_nanos(nanos) };
        self.enter(phase, Transition::Opened { cause, nanos: Some(nanos) }, told);
    }

    fn enter(&mut self, phase: Phase, transition: Transition, told: &mut Told) {
        self.phase = phase;
        self.generation += 1;
        self.window.clear();
        told.push_back(transition);
    }

    /// `nanos`, more or less by up to so many percent.
    fn jittered(&mut self, nanos: u64, percent: u32) -> u64 {
        // SplitMix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let thousandths = u64::from(percent) * 10;
        let factor = WHOLE.saturating_sub(thousandths) + (mixed ^ (mixed >> 31)) % (2 * thousandths + 1);
        nanos.saturating_mul(factor) / WHOLE
    }
}

impl Ramp {
    /// The share of calls that may pass now, in thousandths.
    fn share(&self, rules: &Rules, now: Timestamp) -> u64 {
        let passed = now.nanos_since(self.since).min(rules.ramp);
        // Milliseconds, so that the product stays small.
        let (passed, ramp) = (passed / (SECOND / 1_000), rules.ramp / (SECOND / 1_000));
        RAMP_FROM + (WHOLE - RAMP_FROM) * passed / ramp.max(1)
    }
}
