//! The parameters in force, and how others take their place.

use super::values::Parameters;
use arc_swap::ArcSwap;
use palisade::{
    Denial, DenialKind,
    observe::audit::{Entry, Outcome, Recorder},
};
use serde::Serialize;
use std::sync::Arc;

/// Parameters, and which in the row they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Versioned {
    /// Counted from 1 at the start.
    pub revision: u64,
    /// Their values.
    #[serde(flatten)]
    pub parameters: Parameters,
}

/// The parameters in force.
#[derive(Debug)]
pub struct ParameterStore {
    current: ArcSwap<Versioned>,
    recorder: Recorder,
}

/// What a change came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// These are in force now.
    Now(Arc<Versioned>),
    /// They were in force already.
    Nothing(Arc<Versioned>),
}

impl ParameterStore {
    /// Starts with these; every change is recorded before and after it is made.
    #[must_use]
    pub fn new(parameters: Parameters, recorder: Recorder) -> Self {
        Self { current: ArcSwap::from_pointee(Versioned { revision: 1, parameters }), recorder }
    }

    /// Those in force.
    #[must_use]
    pub fn current(&self) -> Arc<Versioned> {
        self.current.load_full()
    }

    /// Puts others in force; `entry` says who does so, and from where.
    ///
    /// # Errors
    ///
    /// 400 with every value that is out of bounds; 409 where somebody else changed them meanwhile; 503 where the change cannot be
    /// recorded, with `done` in the details: whether it stands.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the change is made leaves a record that it had begun.
    pub async fn change(&self, next: Parameters, entry: Entry) -> Result<Changed, Denial> {
        next.check()?;
        let before = self.current.load_full();
        if before.parameters == next {
            return Ok(Changed::Nothing(before));
        }
        let entry = before.parameters.tell_change(&next, entry);
        self.record(entry.clone().outcome(Outcome::Begun), false).await?;
        let after = Arc::new(Versioned { revision: before.revision + 1, parameters: next });
        let found = self.current.compare_and_swap(&before, after.clone());
        if !Arc::ptr_eq(&found, &before) {
            self.record(entry.outcome(Outcome::Abandoned).because("changed_meanwhile"), false).await?;
            return Err(Denial::new(DenialKind::Conflict).because("changed_meanwhile"));
        }
        self.record(entry, true).await?;
        Ok(Changed::Now(after))
    }

    async fn record(&self, entry: Entry, done: bool) -> Result<(), Denial> {
        let recorded = self.recorder.record_entry(entry).await;
        recorded.map_err(|fault| Denial::from(fault).with_details(serde_json::json!({ "done": done })))
    }
}
