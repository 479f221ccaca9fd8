//! Events as numbers.

use super::{event_names::name, names};
use metrics::Label;
use palisade_core::{Event, EventSink, Reply, TokenEvent, Tracing, Unrecorded};

/// Counts events and hands them on.
///
/// | name | kind | labels |
/// | --- | --- | --- |
/// | `palisade.events` | counter | `event` |
/// | `palisade.limiter.degraded`, `palisade.revocations.degraded` | gauge, 1 while it is | `store` |
/// | `palisade.issuer_keys.age` | gauge, seconds: how old keys are each time it is told that they are stale, 0 once they are refreshed | `issuer` |
///
/// Circuit breakers tell their state themselves.
///
/// ```
/// use palisade_core::{Event, EventSink as _, Tracing};
/// use palisade_observe::CountedEvents;
///
/// let events = CountedEvents::new(Tracing);
/// events.emit(&Event::TokensReloaded { tokens: 3 });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CountedEvents<S = Tracing>(S);

impl<S: EventSink> CountedEvents<S> {
    /// Counts what goes to `next`.
    #[must_use]
    pub fn new(next: S) -> Self {
        names::describe();
        Self(next)
    }
}

impl<S: EventSink> EventSink for CountedEvents<S> {
    fn emit(&self, event: &Event) {
        count(event);
        match event {
            Event::LimiterDegraded { store, .. } => set(names::LIMITER, "store", store, 1),
            Event::LimiterRestored { store } => set(names::LIMITER, "store", store, 0),
            Event::RevocationsDegraded { store, .. } => set(names::REVOCATIONS, "store", store, 1),
            Event::RevocationsRestored { store } => set(names::REVOCATIONS, "store", store, 0),
            Event::Token(TokenEvent::KeysRefreshed { issuer, .. }) => {
                set(names::ISSUER_KEYS, "issuer", issuer, 0)
            }
            Event::Token(TokenEvent::KeysStale { issuer, age }) => {
                names::gauge(names::ISSUER_KEYS, vec![Label::new("issuer", issuer.to_string())])
                    .set(age.as_secs_f64());
            }
            _ => {}
        }
        self.0.emit(event);
    }

    fn intend(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        self.0.intend(event)
    }

    fn record(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        count(event);
        self.0.record(event)
    }

    fn abandon(&self, event: &Event, reason: &'static str) {
        self.0.abandon(event, reason);
    }

    fn doubt(&self, event: &Event, reason: &'static str) {
        self.0.doubt(event, reason);
    }
}

fn count(event: &Event) {
    names::counter(names::EVENTS, vec![Label::from_static_parts("event", name(event))]).increment(1);
}

fn set(name: &'static str, label: &'static str, value: &str, to: u8) {
    names::gauge(name, vec![Label::new(label, value.to_owned())]).set(f64::from(to));
}
