//! `RateLimit`: what is left of each quota.

use super::text::Line;
use http::HeaderValue;
use palisade_core::{Decision, Moment, Policy};
use std::cell::RefCell;

/// `"name";r=7;t=1` for each decision; none where there are none.
#[inline]
pub(super) fn line<'d>(
    decisions: impl Iterator<Item = (&'d Policy, &'d Decision)> + Clone,
    now: Moment,
) -> Option<HeaderValue> {
    let states = decisions.map(|(policy, decision)| State::of(policy, decision, now));
    let mut some = states.clone();
    match (some.next(), some.next(), some.next()) {
        (Some(one), other, None) => recent(&one, other.as_ref()),
        _ => render(states),
    }
}

/// What the line says of one quota.
#[derive(Clone, Copy, Debug)]
struct State<'p> {
    policy: &'p Policy,
    remaining: u32,
    /// Seconds until there is more, where something is used.
    wait: Option<u64>,
}

impl<'p> State<'p> {
    #[inline]
    fn of(policy: &'p Policy, decision: &Decision, now: Moment) -> Self {
        let used = decision.remaining < decision.limit && !policy.is_timeless();
        let wait = used.then(|| seconds_until(decision.next, now));
        Self { policy, remaining: decision.remaining, wait }
    }
}

fn render<'p>(states: impl Iterator<Item = State<'p>>) -> Option<HeaderValue> {
    let mut line = Line::new();
    for State { policy, remaining, wait } in states {
        line.item("\"");
        line.text(policy.name());
        line.text("\";r=");
        line.number(remaining.into());
        if let Some(wait) = wait {
            line.text(";t=");
            line.number(wait);
        }
    }
    line.value()
}

/// A state that was told, with a share in its policy, so that no other one has its place in memory.
type Told = (Policy, u32, Option<u64>);

/// A line of one state or two.
struct Remembered {
    one: Told,
    other: Option<Told>,
    line: HeaderValue,
}

/// How many lines a thread remembers: those of clients who are far from their limits are alike.
const REMEMBERED: usize = 16;

thread_local! {
    /// Lines at places that their last numbers name. A hit costs a reference count instead of an allocation.
    static RECENT: RefCell<[Option<Remembered>; REMEMBERED]> = const { RefCell::new([const { None }; REMEMBERED]) };
}

/// The line of one state, or of two.
fn recent(one: &State<'_>, other: Option<&State<'_>>) -> Option<HeaderValue> {
    let anew = || render([Some(*one), other.copied()].into_iter().flatten());
    let cached = RECENT.try_with(|recent| {
        let mut recent = recent.try_borrow_mut().ok()?;
        let at = one.remaining ^ other.map_or(0, |other| other.remaining.rotate_left(2));
        let place = recent.get_mut(at as usize % REMEMBERED)?;
        if let Some(remembered) = place
            && is(&remembered.one, one)
            && match (&remembered.other, other) {
                (None, None) => true,
                (Some(told), Some(state)) => is(told, state),
                _ => false,
            }
        {
            return Some(remembered.line.clone());
        }
        let line = anew()?;
        *place = Some(Remembered { one: told(one), other: other.map(told), line: line.clone() });
        Some(line)
    });
    // A thread that is ending has no memory any more.
    cached.ok().flatten().or_else(anew)
}

#[inline]
fn is(told: &Told, state: &State<'_>) -> bool {
    told.0.is(state.policy) && told.1 == state.remaining && told.2 == state.wait
}

fn told(state: &State<'_>) -> Told {
    (state.policy.clone(), state.remaining, state.wait)
}

/// Whole seconds until then, rounded up.
pub(crate) const fn seconds_until(then: palisade_core::Timestamp, now: Moment) -> u64 {
    then.nanos_since(now.mono).div_ceil(1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::Timestamp;
    use proptest::prelude::*;

    proptest! {
        /// Whatever was remembered, a line says what was decided now.
        #[test]
        fn what_is_remembered_is_right(
            all in proptest::collection::vec(proptest::collection::vec((0..3_usize, 0..4_u32, 0..3_u64), 0..4), 1..64),
        ) {
            let policies = ["a", "b", "b"].map(|name| Policy::new(name, name));
            let now = Moment { mono: Timestamp::from_nanos(7), ..Moment::default() };
            for decided in all {
                let decided: Vec<(&Policy, Decision)> = decided.into_iter().map(|(policy, remaining, wait)| {
                    let at = now.mono.plus_nanos(wait * 1_000_000_000);
                    (&policies[policy], Decision { admitted: true, limit: 3, remaining, reset: at, next: at, retry: None })
                }).collect();
                let found = line(decided.iter().map(|(policy, decision)| (*policy, decision)), now);
                let items: Vec<String> = decided.iter().map(|(policy, decision)| {
                    let (name, left) = (policy.name(), decision.remaining);
                    let wait = decision.next.nanos_since(now.mono) / 1_000_000_000;
                    if left < 3 { format!("\"{name}\";r={left};t={wait}") } else { format!("\"{name}\";r={left}") }
                }).collect();
                let text = found.as_ref().map(|line| line.to_str().unwrap().to_owned());
                prop_assert_eq!(text.unwrap_or_default(), items.join(", "));
            }
        }
    }
}
