//! The tokens in force, shared by clones and by the thread that watches files.

use super::source::{self, Loaded, StaticToken, TokenErrors};
use crate::{
    challenge::Challenge,
    denial::Denial,
    event::{Event, EventSink},
};
use arc_swap::ArcSwap;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) struct Shared {
    pub(super) current: ArcSwap<Vec<Loaded>>,
    declared: Vec<StaticToken>,
    sink: Box<dyn EventSink>,
    /// Why the last reading failed, as it was told.
    told: Mutex<String>,
    pub(super) challenge: Challenge,
    pub(super) refused: Denial,
}

impl Shared {
    pub(super) fn new(
        loaded: Vec<Loaded>,
        declared: Vec<StaticToken>,
        sink: Box<dyn EventSink>,
        challenge: Challenge,
        refused: Denial,
    ) -> Self {
        Self {
            current: ArcSwap::from_pointee(loaded),
            declared,
            sink,
            told: Mutex::default(),
            challenge,
            refused,
        }
    }

    /// All or nothing: where anything is wrong the old tokens stay in force.
    pub(super) fn reload(&self) -> Result<usize, TokenErrors> {
        match source::load(&self.declared) {
            Ok(loaded) => {
                let tokens = loaded.len();
                self.current.store(Arc::new(loaded));
                self.told.lock().unwrap_or_else(PoisonError::into_inner).clear();
                self.sink.emit(&Event::TokensReloaded { tokens });
                Ok(tokens)
            }
            Err(errors) => {
                let reason = errors.to_string();
                // Tried again every second: told once for each reason.
                let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                if *told != reason {
                    self.sink.emit(&Event::TokensNotReloaded { reason: reason.clone() });
                    *told = reason;
                }
                Err(errors)
            }
        }
    }
}
