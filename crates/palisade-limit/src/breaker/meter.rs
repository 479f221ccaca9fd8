//! What breakers tell the `metrics` facade, where that feature is on.

use super::transition::{CallOutcome, Transition};

/// How a call that a breaker admitted came out.
pub(super) fn settled(name: &'static str, outcome: CallOutcome) {
    called(
        name,
        match outcome {
            CallOutcome::Success => "success",
            CallOutcome::Failure => "failure",
            CallOutcome::Neither => "neither",
        },
    );
}

/// A call that a breaker refused.
pub(super) fn refused(name: &'static str) {
    called(name, "refused");
}

#[cfg(feature = "metrics")]
fn called(name: &'static str, outcome: &'static str) {
    metrics::counter!("palisade_breaker_calls_total", "name" => name, "outcome" => outcome).increment(1);
}

/// Where a breaker stands now: 0 closed, 1 half-open, 2 open; and how it came there.
#[cfg(feature = "metrics")]
pub(super) fn stands(name: &'static str, came_by: Option<Transition>) {
    let (value, to) = match came_by {
        None | Some(Transition::Closed { .. }) => (0.0, "closed"),
        Some(Transition::HalfOpened) => (1.0, "half_open"),
        Some(Transition::Opened { .. }) => (2.0, "open"),
    };
    if came_by.is_none() {
        describe();
    }
    metrics::gauge!("palisade_breaker_state", "name" => name).set(value);
    if came_by.is_some() {
        metrics::counter!("palisade_breaker_transitions_total", "name" => name, "to" => to).increment(1);
    }
}

/// Tells the recorder that is installed when a breaker is made what the numbers mean.
#[cfg(feature = "metrics")]
fn describe() {
    metrics::describe_gauge!("palisade_breaker_state", "0 closed, 1 half open, 2 open");
    metrics::describe_counter!(
        "palisade_breaker_calls_total",
        "Calls by how they came out, those that a breaker refused included"
    );
    metrics::describe_counter!(
        "palisade_breaker_transitions_total",
        "How often a breaker went from one state to another"
    );
}

#[cfg(not(feature = "metrics"))]
fn called(_: &'static str, _: &'static str) {}

#[cfg(not(feature = "metrics"))]
pub(super) fn stands(_: &'static str, _: Option<Transition>) {}
