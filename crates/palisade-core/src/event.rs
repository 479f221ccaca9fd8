//! What happened beside a response.

use crate::{
    key_event::KeyEvent, reply::Reply, suspicion::Suspicion, token_event::TokenEvent, unrecorded::Unrecorded,
    user_event::UserEvent,
};
use std::{fmt, sync::Arc, time::Duration};

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
    /// Settings were read again and are in force.
    SettingsReloaded {
        /// How often that happened since the start.
        version: u64,
    },
    /// Settings were read again and cannot be used; the old ones stay in force.
    SettingsNotReloaded {
        /// What is wrong, without any value.
        reason: String,
    },
    /// A limiter's table is full of active keys; new keys share one overflow cell for each quota.
    LimiterFull {
        /// How many keys it can hold.
        capacity: usize,
    },
    /// A shared store of counters does not answer and is left alone for now; limits fall back to what was declared for that.
    LimiterDegraded {
        /// The store's name.
        store: String,
        /// What went wrong last.
        reason: String,
    },
    /// A shared store of counters answers again and decides again.
    LimiterRestored {
        /// The store's name.
        store: String,
    },
    /// Values in a shared store were none of ours; those counters began afresh.
    LimiterCorrupt {
        /// The store's name.
        store: String,
        /// How many counters, in the call that found them.
        counters: u64,
    },
    /// A shared store of revoked tokens does not answer and is left alone for now; requests with tokens are refused with 503.
    RevocationsDegraded {
        /// The store's name.
        store: String,
        /// What went wrong last.
        reason: String,
    },
    /// A shared store of revoked tokens answers again.
    RevocationsRestored {
        /// The store's name.
        store: String,
    },
    /// A circuit breaker opened: calls to what it protects are refused.
    BreakerOpened {
        /// The breaker.
        name: &'static str,
        /// Why, as a `snake_case` word; `forced` by hand.
        cause: &'static str,
        /// When it tries again; absent where only a hand closes it.
        retry_in: Option<Duration>,
    },
    /// A circuit breaker lets a few calls through, to see whether it can close.
    BreakerHalfOpen {
        /// The breaker.
        name: &'static str,
    },
    /// A circuit breaker closed: calls pass.
    BreakerClosed {
        /// The breaker.
        name: &'static str,
        /// Why: `recovered`, or `forced` or `reset` by hand.
        cause: &'static str,
    },
    /// A concurrency limit has requests of as many keys in flight as it can tell apart; those of other keys are refused.
    ConcurrencyFull {
        /// How many keys it can hold.
        capacity: usize,
    },
    /// Something happened to an API key.
    Key(KeyEvent),
    /// Something happened to tokens, or to the keys that sign them.
    Token(TokenEvent),
    /// Something happened to a user.
    User(UserEvent),
    /// Somebody behaves as those do who try doors.
    Suspicion(Suspicion),
}

/// Where events go.
pub trait EventSink: fmt::Debug + Send + Sync + 'static {
    /// Takes note of an event; must not block.
    fn emit(&self, event: &Event);

    /// Takes note of a change that is about to be made, so that it outlives a crash; the change is made once this says yes, and not
    /// otherwise. Whoever only tells others has nothing to say before.
    ///
    /// # Errors
    ///
    /// Where it cannot be noted, within about a second.
    fn intend(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        let _ = event;
        Reply::now(Ok(()))
    }

    /// Takes note of a change that was made, so that it outlives a crash; the change is acknowledged once this says yes.
    ///
    /// # Errors
    ///
    /// Where it cannot be noted, within about a second.
    fn record(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        self.emit(event);
        Reply::now(Ok(()))
    }

    /// Takes note that a change which was [intended](Self::intend) was not made; must not block.
    fn abandon(&self, event: &Event, reason: &'static str) {
        let _ = (event, reason);
    }

    /// Takes note that nobody knows whether a change which was [intended](Self::intend) was made; must not block.
    fn doubt(&self, event: &Event, reason: &'static str) {
        self.abandon(event, reason);
    }
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
            Event::SettingsReloaded { version } => {
                tracing::info!(target: "palisade::event", version, "settings were read again");
            }
            Event::SettingsNotReloaded { reason } => {
                tracing::warn!(target: "palisade::event", reason, "the old settings stay in force");
            }
            Event::LimiterFull { capacity } => {
                tracing::warn!(target: "palisade::event", capacity, "a limiter is full; new keys share an overflow cell");
            }
            Event::LimiterDegraded { store, reason } => {
                tracing::warn!(target: "palisade::event", store, reason, "a limiter's store is left alone for now");
            }
            Event::LimiterRestored { store } => {
                tracing::info!(target: "palisade::event", store, "a limiter's store answers again");
            }
            Event::LimiterCorrupt { store, counters } => {
                tracing::warn!(target: "palisade::event", store, counters, "counters were corrupt and began afresh");
            }
            Event::RevocationsDegraded { store, reason } => {
                tracing::warn!(target: "palisade::event", store, reason, "a store of revoked tokens is left alone for now");
            }
            Event::RevocationsRestored { store } => {
                tracing::info!(target: "palisade::event", store, "a store of revoked tokens answers again");
            }
            Event::BreakerOpened { name, cause, retry_in } => {
                tracing::warn!(target: "palisade::event", name, cause, ?retry_in, "a circuit breaker opened");
            }
            Event::BreakerHalfOpen { name } => {
                tracing::info!(target: "palisade::event", name, "a circuit breaker tries again");
            }
            Event::BreakerClosed { name, cause } => {
                tracing::info!(target: "palisade::event", name, cause, "a circuit breaker closed");
            }
            Event::ConcurrencyFull { capacity } => {
                tracing::warn!(target: "palisade::event", capacity, "a concurrency limit is full; new keys are refused");
            }
            Event::Key(event) => event.trace(),
            Event::Token(event) => event.trace(),
            Event::User(event) => event.trace(),
            Event::Suspicion(event) => event.trace(),
        }
    }
}

impl<T: EventSink + ?Sized> EventSink for Arc<T> {
    fn emit(&self, event: &Event) {
        (**self).emit(event);
    }

    fn intend(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        (**self).intend(event)
    }

    fn record(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        (**self).record(event)
    }

    fn abandon(&self, event: &Event, reason: &'static str) {
        (**self).abandon(event, reason);
    }

    fn doubt(&self, event: &Event, reason: &'static str) {
        (**self).doubt(event, reason);
    }
}

/// Both hear everything, and both must be able to take note of a change.
impl<A: EventSink, B: EventSink> EventSink for (A, B) {
    fn emit(&self, event: &Event) {
        self.0.emit(event);
        self.1.emit(event);
    }

    fn intend(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        both(self.0.intend(event), self.1.intend(event))
    }

    fn record(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        both(self.0.record(event), self.1.record(event))
    }

    fn abandon(&self, event: &Event, reason: &'static str) {
        self.0.abandon(event, reason);
        self.1.abandon(event, reason);
    }

    fn doubt(&self, event: &Event, reason: &'static str) {
        self.0.doubt(event, reason);
        self.1.doubt(event, reason);
    }
}

fn both(
    one: Reply<Result<(), Unrecorded>>,
    other: Reply<Result<(), Unrecorded>>,
) -> Reply<Result<(), Unrecorded>> {
    match one.try_now() {
        Ok(Ok(())) => other,
        Ok(Err(error)) => Reply::now(Err(error)),
        Err(one) => Reply::later(async move {
            one.await?;
            other.await
        }),
    }
}
