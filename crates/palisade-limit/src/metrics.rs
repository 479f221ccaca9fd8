//! What limits decided, as counters.

use metrics::{Key, Label, Level, Metadata};
use palisade_core::{Decision, Mode};

/// `palisade_limit_decisions_total{policy,outcome,mode}` of one policy.
///
/// | label | values |
/// | --- | --- |
/// | `policy` | the names of declared policies |
/// | `outcome` | `allowed`, `near` (allowed, and at least 80 % used), `denied`, `exempt`, `error` |
/// | `mode` | `enforce`, or `report` where a gate reports for everything inside it |
#[derive(Clone, Debug)]
pub(crate) struct Series([[Key; OUTCOMES.len()]; MODES.len()]);

const NAME: &str = "palisade_limit_decisions_total";
/// Places that were taken from responses which nobody read.
const UNREAD: &str = "palisade_limit_unread_total";
const OUTCOMES: [&str; 5] = ["allowed", "near", "denied", "exempt", "error"];
const MODES: [&str; 2] = ["enforce", "report"];
const ALLOWED: usize = 0;
const NEAR: usize = 1;
const DENIED: usize = 2;
const EXEMPT: usize = 3;
const ERROR: usize = 4;

impl Series {
    /// Tells the recorder that is installed now what the number means.
    pub(crate) fn new(policy: &str) -> Self {
        metrics::describe_counter!(NAME, "Requests by what a limit decided about them");
        Self(MODES.map(|mode| {
            OUTCOMES.map(|outcome| {
                let labels = vec![
                    Label::new("policy", policy.to_owned()),
                    Label::new("outcome", outcome),
                    Label::new("mode", mode),
                ];
                Key::from_parts(NAME, labels)
            })
        }))
    }

    fn count(&self, outcome: usize, mode: Mode) {
        let mode = usize::from(mode == Mode::Report);
        if let Some(key) = self.0.get(mode).and_then(|outcomes| outcomes.get(outcome)) {
            metrics::with_recorder(|recorder| recorder.register_counter(key, &METADATA).increment(1));
        }
    }
}

static METADATA: Metadata<'static> = Metadata::new("palisade::limit", Level::INFO, Some(module_path!()));

/// So many places were taken from responses which nobody read: `palisade_limit_unread_total`.
pub(crate) fn unread(places: u32) {
    if places > 0 {
        let key = Key::from_static_name(UNREAD);
        metrics::with_recorder(|recorder| {
            recorder.register_counter(&key, &METADATA).increment(places.into())
        });
    }
}

/// What each policy said; one that had room where another one refused said nothing.
pub(crate) fn decided(series: &[Series], decisions: &[Decision], mode: Mode) {
    let admitted = decisions.iter().all(|decision| decision.admitted);
    for (series, decision) in series.iter().zip(decisions) {
        match (admitted, decision.admitted) {
            (true, _) => series.count(if is_near(decision) { NEAR } else { ALLOWED }, mode),
            (false, false) => series.count(DENIED, mode),
            (false, true) => {}
        }
    }
}

pub(crate) fn exempt(series: &[Series], mode: Mode) {
    series.iter().for_each(|series| series.count(EXEMPT, mode));
}

/// Nothing could be decided.
pub(crate) fn failed(series: &[Series], mode: Mode) {
    series.iter().for_each(|series| series.count(ERROR, mode));
}

fn is_near(decision: &Decision) -> bool {
    u64::from(decision.remaining) * 5 <= u64::from(decision.limit)
}
