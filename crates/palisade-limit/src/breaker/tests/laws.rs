//! What holds whatever happens, in whatever order.

use crate::breaker::{
    rules::{Rules, SECOND},
    state::{State, Ticket},
    transition::{BreakerState, CallOutcome, Transition},
};
use palisade_core::Timestamp;
use proptest::prelude::*;
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Admit,
    /// Settles one of the calls under way.
    Settle(usize, CallOutcome),
    Force(bool),
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![
        4 => Just(CallOutcome::Failure),
        2 => Just(CallOutcome::Success),
        1 => Just(CallOutcome::Neither),
    ];
    prop_oneof![
        6 => (0..8 * SECOND).prop_map(Step::Wait),
        20 => Just(Step::Admit),
        20 => (any::<usize>(), outcome).prop_map(|(at, outcome)| Step::Settle(at, outcome)),
        1 => any::<bool>().prop_map(Step::Force),
        1 => Just(Step::Reset),
    ]
}

fn rules() -> impl Strategy<Value = Rules> {
    let windows = prop_oneof![
        Just(Rules { min_calls: 4, ..Rules::DEFAULT }),
        Just(Rules { ramp: 0, min_calls: 2, ..Rules::DEFAULT }),
        Just(Rules::consecutive(3)),
        Just(Rules::store()),
    ];
    (windows, 1..=4_u32, 0..=3_u32).prop_map(|(rules, first, more)| Rules {
        first_probes: first,
        most_probes: first + more,
        ..rules
    })
}

/// A state machine in somebody's hands.
struct Walk {
    rules: Rules,
    state: State,
    now: Timestamp,
    under_way: Vec<Ticket>,
    told: VecDeque<Transition>,
}

impl Walk {
    fn new(rules: Rules, seed: u64) -> Self {
        rules.check().unwrap();
        let state = State::new(&rules, seed);
        let now = Timestamp::from_nanos(3_600 * SECOND);
        Self { rules, state, now, under_way: Vec::new(), told: VecDeque::new() }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Wait(nanos) => self.now = self.now.plus_nanos(nanos),
            Step::Admit => {
                let ticket = self.state.admit(&self.rules, self.now, &mut self.told);
                self.under_way.extend(ticket);
            }
            Step::Settle(_, _) if self.under_way.is_empty() => {}
            Step::Settle(at, outcome) => {
                let ticket = self.under_way.swap_remove(at % self.under_way.len());
                self.state.settle(&self.rules, &ticket, outcome, self.now, &mut self.told);
            }
            Step::Force(true) => self.state.force_open(&mut self.told),
            Step::Force(false) => self.state.force_closed(&mut self.told),
            Step::Reset => self.state.reset(&mut self.told),
        }
    }

    fn look(&mut self) -> crate::breaker::state::Look {
        self.state.look(&self.rules, self.now, &mut self.told)
    }

    fn admits(&mut self, state: &mut State, after: u64) -> bool {
        state.admit(&self.rules, self.now.plus_nanos(after), &mut VecDeque::new()).is_ok()
    }
}

proptest! {
    #[test]
    fn half_open_never_admits_more_than_its_probes(
        rules in rules(), seed: u64, steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut walk = Walk::new(rules, seed);
        for step in steps {
            walk.take(step);
            let look = walk.look();
            if look.state == BreakerState::HalfOpen {
                let mut flooded = walk.state.clone();
                let more = (0..20).filter(|_| walk.admits(&mut flooded, 0)).count();
                prop_assert!(look.probes + more <= walk.rules.most_probes as usize);
                prop_assert!(look.probes + more >= 1, "somebody may always try");
            }
        }
    }

    #[test]
    fn open_admits_nobody_before_its_time_and_somebody_at_it(
        rules in rules(), seed: u64, steps in prop::collection::vec(step(), 1..200), part in 0.0..1.0_f64,
    ) {
        let mut walk = Walk::new(rules, seed);
        for step in steps {
            walk.take(step);
            let look = walk.look();
            match look.state {
                BreakerState::Open => {
                    prop_assert!(look.wait > 0 && look.wait <= 72 * SECOND);
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
                    let before = ((look.wait as f64 * part) as u64).min(look.wait - 1);
                    let mut copy = walk.state.clone();
                    prop_assert!(!walk.admits(&mut copy, 0));
                    prop_assert!(!walk.admits(&mut copy, before));
                    prop_assert!(walk.admits(&mut copy, look.wait));
                }
                BreakerState::ForcedOpen => {
                    let mut copy = walk.state.clone();
                    prop_assert!(!walk.admits(&mut copy, 3_600 * SECOND));
                }
                BreakerState::ForcedClosed => {
                    let mut copy = walk.state.clone();
                    prop_assert!(walk.admits(&mut copy, 0));
                }
                BreakerState::Closed | BreakerState::HalfOpen => {}
            }
        }
    }

    #[test]
    fn from_any_state_success_forever_closes_it(
        rules in rules(), seed: u64, steps in prop::collection::vec(step(), 1..200),
    ) {
        let mut walk = Walk::new(rules, seed);
        for step in steps {
            walk.take(step);
        }
        if walk.look().state == BreakerState::ForcedOpen {
            walk.take(Step::Reset);
        }
        // Calls that hang stay under way, and must not be in the way.
        for _ in 0..400 {
            walk.take(Step::Wait(SECOND / 2));
            let before = walk.under_way.len();
            walk.take(Step::Admit);
            if walk.under_way.len() > before {
                walk.take(Step::Settle(before, CallOutcome::Success));
            }
        }
        let look = walk.look();
        prop_assert!(matches!(look.state, BreakerState::Closed | BreakerState::ForcedClosed), "{look:?}");
        prop_assert_eq!(look.share, 1_000);
    }

    #[test]
    fn transitions_follow_one_another_as_they_must(
        rules in rules(), seed: u64, steps in prop::collection::vec(step(), 1..300),
    ) {
        let mut walk = Walk::new(rules, seed);
        for step in steps {
            walk.take(step);
        }
        let mut before = Transition::Closed { cause: "new" };
        for transition in walk.told {
            let follows = match (before, transition) {
                (_, Transition::Opened { cause: "forced", .. } | Transition::Closed { cause: "forced" | "reset" }) => {
                    before != transition
                }
                (Transition::Closed { cause }, Transition::Opened { .. }) => cause != "forced",
                (Transition::Opened { nanos, .. }, Transition::HalfOpened) => nanos.is_some(),
                (Transition::HalfOpened, Transition::Opened { .. } | Transition::Closed { .. }) => true,
                _ => false,
            };
            prop_assert!(follows, "{transition:?} after {before:?}");
            before = transition;
        }
    }
}
