//! What happened beside a response.

use crate::key_event::KeyEvent;
use std::{fmt, sync::Arc};

/// Something that an operator wants to know and that no single response tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Tokens were read again from their files; so many are in force.
    TokensReloaded {
        /// Tokens in force now.
        tokens: usize,
    },
    /// Token files changed and could not be used; the old tokens stay in force.
    TokensNotReloaded {
        /// What is wrong, without any value.
        reason: String,
    },
    /// A limiter's table is full of active keys; new keys share one overflow cell for each quota.
    LimiterFull {
        /// How many keys it can hold.
        capacity: usize,
    },
    /// Something happened to an API key.
    Key(KeyEvent),
}

/// Where events go.
pub trait EventSink: fmt::Debug + Send + Sync + 'static {
    /// Takes note of an event; must not block.
    fn emit(&self, event: &Event);
}

/// Tells `tracing`, with target `palisade::event`: failures at WARN, the rest at INFO.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tracing;

impl EventSink for Tracing {
    fn emit(&self, event: &Event) {
        match event {
            Event::TokensReloaded { tokens } => {
                tracing::info!(target: "palisade::event", tokens, "tokens were read again");
            }
            Event::TokensNotReloaded { reason } => {
                tracing::warn!(target: "palisade::event", reason, "the old tokens stay in force");
            }
            Event::LimiterFull { capacity } => {
                tracing::warn!(target: "palisade::event", capacity, "a limiter is full; new keys share an overflow cell");
            }
            Event::Key(event) => event.trace(),
        }
    }
}

impl<T: EventSink + ?Sized> EventSink for Arc<T> {
    fn emit(&self, event: &Event) {
        (**self).emit(event);
    }
}
