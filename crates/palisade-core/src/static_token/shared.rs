//! The tokens in force, shared by clones and by the thread that watches files.

use super::source::{self, Loaded, StaticToken, TokenErrors};
use crate::{
    challenge::Challenge,
    denial::Denial,
    event::{Event, EventSink},
};
use arc_swap::ArcSwap;
use std::sync::Arc;

pub(super) struct Shared {
    pub(super) current: ArcSwap<Vec<Loaded>>,
    declared: Vec<StaticToken>,
    sink: Box<dyn EventSink>,
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
        Self { current: ArcSwap::from_pointee(loaded), declared, sink, challenge, refused }
    }

    /// All or nothing: where anything is wrong the old tokens stay in force.
    pub(super) fn reload(&self) -> Result<usize, TokenErrors> {
        match source::load(&self.declared) {
            Ok(loaded) => {
                let tokens = loaded.len();
                self.current.store(Arc::new(loaded));
                self.sink.emit(&Event::TokensReloaded { tokens });
                Ok(tokens)
            }
            Err(errors) => {
                self.sink.emit(&Event::TokensNotReloaded { reason: errors.to_string() });
                Err(errors)
            }
        }
    }
}
