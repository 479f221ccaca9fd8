//! The tokens in force, shared by clones and by the thread that watches files.

use super::source::{self, Loaded, StaticToken, TokenErrors};
use crate::{
    challenge::Challenge,
    denial::Denial,
    event::{Event, EventSink},
};
use arc_swap::{ArcSwap, Guard};
use std::{
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

/// Tokens that no reload can change need not be looked after.
pub(super) enum Current {
    Fixed(Vec<Loaded>),
    Live(ArcSwap<Vec<Loaded>>),
}

/// A look at the tokens in force.
pub(super) enum InForce<'t> {
    Fixed(&'t [Loaded]),
    Live(Guard<Arc<Vec<Loaded>>>),
}

impl Current {
    #[inline]
    pub(super) fn load(&self) -> InForce<'_> {
        match self {
            Self::Fixed(tokens) => InForce::Fixed(tokens),
            Self::Live(tokens) => InForce::Live(tokens.load()),
        }
    }
}

impl Deref for InForce<'_> {
    type Target = [Loaded];

    #[inline]
    fn deref(&self) -> &[Loaded] {
        match self {
            Self::Fixed(tokens) => tokens,
            Self::Live(tokens) => tokens,
        }
    }
}

pub(super) struct Shared {
    pub(super) current: Current,
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
        let fixed = declared.iter().all(StaticToken::is_fixed);
        Self {
            current: if fixed {
                Current::Fixed(loaded)
            } else {
                Current::Live(ArcSwap::from_pointee(loaded))
            },
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
                if let Current::Live(current) = &self.current {
                    current.store(Arc::new(loaded));
                }
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
