//! The port to whatever keeps the counters.

use crate::{
    outcome::{Outcome, Receipt},
    quota::Quota,
    store_error::StoreError,
};
use palisade_core::{Decision, Key, Moment, Reply, Timestamp};
use std::{fmt, sync::Arc};

/// Keeps counters and decides at them, in one step that nobody can come between.
///
/// A counter is named by a key *and* a quota: charges with the same key and different quotas are different counters, and a
/// quota that is changed starts afresh. Every implementation runs the law, `suite!`, which the feature `suite` brings.
pub trait RateStore: fmt::Debug + Send + Sync + 'static {
    /// Does `op` to the counters of up to eight different `charges`.
    ///
    /// All charges are evaluated. [`Op::Take`] charges all of them when all are admitted, and else none; a decision that would
    /// have admitted then tells what is there uncharged. A store with a clock
    /// of its own may prefer it to `now`; its decisions must then be told in terms of `now`.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where the store cannot decide. It never guesses.
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>>;

    /// Takes a single charge that nobody is going to settle, if that needs no waiting: the decision of
    /// [`apply`](Self::apply) with [`Op::Take`], without what only a settlement needs.
    ///
    /// `None`, which is the default, where `apply` has to be asked instead; nothing is charged then.
    ///
    /// `now` is read by the store, which can ask its memory for the counter before, and so waits for both at the same time.
    #[inline]
    fn take_at_once(&self, charge: &Charge<'_>, now: &dyn Fn() -> Moment) -> Option<Decision> {
        let _ = (charge, now);
        None
    }

    /// Whether other nodes see what is kept here, and a restart keeps it. A stack that runs on several nodes refuses one that does not
    /// say so.
    fn is_shared(&self) -> bool {
        false
    }
}

/// What to do to counters.
#[derive(Debug)]
#[non_exhaustive]
pub enum Op {
    /// Charge all where all are admitted. A charge of cost 0 only looks.
    Take,
    /// Say what [`Take`](Self::Take) would, and change nothing.
    Peek,
    /// Correct the charges of an earlier take, which were these same ones; their `cost` is now what it really was, 0 for
    /// a full refund.
    Settle(Receipt),
    /// Refuse everything until then, whatever the counters say; counters stay as they are. A later end replaces an earlier
    /// one, never the other way round.
    Block {
        /// When it ends.
        until: Timestamp,
    },
    /// Take `cost` away from each counter, whatever is left there, into a debt of at most one capacity; each for itself, so that
    /// an exhausted one does not shield the others.
    Penalize,
    /// Give `cost` back to each counter, at most to where it is full; each for itself.
    Reward,
    /// Forget counters and blocks.
    Clear,
}

/// One counter, and what it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// Who is counted.
    pub key: Key,
    /// By which quota.
    pub quota: &'a Quota,
    /// How much; 0 looks without charging.
    pub cost: u32,
}

impl<S: RateStore + ?Sized> RateStore for Arc<S> {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        (**self).apply(op, charges, now)
    }

    #[inline]
    fn take_at_once(&self, charge: &Charge<'_>, now: &dyn Fn() -> Moment) -> Option<Decision> {
        (**self).take_at_once(charge, now)
    }

    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }
}
