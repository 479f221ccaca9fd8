//! Sees a request out and counts it.

use super::{method, names};
use http::response;
use metrics::{Gauge, Label, SharedString};
use palisade_core::{Ending, Facts, Mode, Timestamp, Witness};

pub(super) struct Watch {
    pub(super) method: &'static str,
    pub(super) active: Gauge,
    pub(super) began: Timestamp,
    pub(super) seen: Option<Seen>,
}

/// What is known when the head goes out.
pub(super) struct Seen {
    status: Option<u16>,
    facts: Facts,
}

impl Witness for Watch {
    fn answered(&mut self, head: Option<&response::Parts>, facts: &Facts) {
        let seen = Seen { status: head.map(|head| head.status.as_u16()), facts: facts.clone() };
        seen.stages(self.began);
        seen.decision();
        self.seen = Some(seen);
    }

    fn ended(self: Box<Self>, ending: Ending, bytes: u64) {
        self.active.decrement(1);
        let outcome = match ending {
            Ending::Complete => "complete",
            Ending::Aborted | Ending::Unanswered => "client_closed",
            Ending::Unread => "unread",
            _ => "failed",
        };
        names::counter(names::ENDINGS, vec![Label::from_static_parts("outcome", outcome)]).increment(1);
        let Some(Seen { status, facts }) = &self.seen else { return };
        let route = facts.route().map_or_else(|| "none".into(), |route| text(route.template()));
        let labels = vec![
            Label::from_static_parts("http.request.method", self.method),
            Label::new("http.route", route),
        ];
        names::histogram(names::RECEIVED, labels.clone()).record(count(facts.received()));
        names::histogram(names::SENT, labels.clone()).record(count(bytes));
        let mut labels = labels;
        labels.push(Label::from_static_parts("http.response.status_class", method::class(*status)));
        names::histogram(names::DURATION, labels).record(seconds(self.began, facts.clock().now().mono));
    }
}

impl Seen {
    /// What each stage took, and what came after the last one: the handler, or the words of a refusal.
    fn stages(&self, began: Timestamp) {
        let Self { facts, .. } = self;
        let record = |stage: &'static str, from, until| {
            let label = Label::from_static_parts("stage", stage);
            names::histogram(names::STAGES, vec![label]).record(seconds(from, until));
        };
        let mut from = None;
        for (stage, ended) in facts.stages() {
            record(stage, from.unwrap_or(began), ended);
            from = Some(ended);
        }
        if let Some(from) = from {
            let rest = if facts.denial().is_some() { "refusal" } else { "handler" };
            record(rest, from, facts.clock().now().mono);
        }
    }

    fn decision(&self) {
        let Self { facts, .. } = self;
        let would_deny = facts.would_deny().next();
        let (outcome, reason) = match (facts.denial(), would_deny) {
            (Some(denial), _) => ("denied", denial.reason()),
            (None, Some(denial)) => ("would_deny", denial.reason()),
            (None, None) => ("allowed", "none"),
        };
        let policy = facts.route().map_or_else(|| "none".into(), |route| text(route.policy()));
        let mode = if facts.mode() == Mode::Report { "report" } else { "enforce" };
        let labels = vec![
            Label::new("policy", policy),
            Label::from_static_parts("outcome", outcome),
            Label::from_static_parts("reason", reason),
            Label::from_static_parts("mode", mode),
        ];
        names::counter(names::DECISIONS, labels).increment(1);
    }
}

fn text(text: &str) -> SharedString {
    text.to_owned().into()
}

/// Nanoseconds as seconds; what a `f64` cannot hold exactly is beyond any request.
#[allow(clippy::cast_precision_loss, reason = "a duration of 104 days is still exact")]
fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    until.nanos_since(from) as f64 / 1e9
}

#[allow(clippy::cast_precision_loss, reason = "8 PiB are still exact")]
const fn count(bytes: u64) -> f64 {
    bytes as f64
}
