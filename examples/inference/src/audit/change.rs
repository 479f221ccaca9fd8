//! A change that is recorded before it is made.

use palisade::{
    Client, Denial, DenialKind, Facts, Principal, Unrecorded,
    observe::audit::{Entry, Outcome, Recorder},
};
use serde_json::json;

/// A change that is recorded before it is made: where it cannot be, it is not made. It ends as done, or as abandoned, also where the
/// request is broken off.
#[derive(Debug)]
#[must_use = "a change that was declared is made and told as done, or abandoned"]
pub struct Change {
    recorder: Recorder,
    entry: Entry,
    open: bool,
}

impl Change {
    /// Records that this is about to be done, and by whom.
    ///
    /// # Errors
    ///
    /// 503 where it cannot be recorded within about a second; then it must not be done.
    pub async fn declare(
        recorder: &Recorder,
        facts: &Facts,
        by: &Principal,
        entry: Entry,
    ) -> Result<Self, Denial> {
        let mut entry = entry.by(format!("{}:{}", by.kind(), by.id()));
        entry.client = facts.client().map(|Client { ip, .. }| *ip);
        entry.request_id = Some(facts.request_id().to_string().into());
        // From here on it may have been written, and whoever goes away leaves no question open.
        let change = Self { recorder: recorder.clone(), entry, open: true };
        let begun = recorder.record_entry(change.entry.clone().outcome(Outcome::Begun)).await;
        match begun {
            Ok(()) => Ok(change),
            Err(unrecorded) => {
                change.abandon("audit_unavailable");
                Err(unavailable(unrecorded, false))
            }
        }
    }

    /// Records that it was done.
    ///
    /// # Errors
    ///
    /// 503 where that cannot be recorded. The change stands, and `details.done` tells so.
    pub async fn done(mut self) -> Result<(), Denial> {
        self.open = false;
        let done = self.recorder.record_entry(self.entry.clone()).await;
        done.map_err(|unrecorded| unavailable(unrecorded, true))
    }

    /// Records that it was not done: why, in one word.
    pub fn abandon(mut self, reason: &'static str) {
        self.close(reason);
    }

    fn close(&mut self, reason: &'static str) {
        self.open = false;
        self.recorder.note(self.entry.clone().outcome(Outcome::Abandoned).because(reason));
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if self.open {
            self.close("broken_off");
        }
    }
}

fn unavailable(unrecorded: Unrecorded, done: bool) -> Denial {
    Denial::new(DenialKind::Unavailable)
        .because("audit_unavailable")
        .with_details(json!({ "done": done }))
        .with_source(unrecorded)
}
