//! An attempt under way.

use super::inner::{History, Inner, Keys};
use crate::{
    outcome::Receipt, refusal::unavailable, settlement::eager, store_error::StoreErrorKind, ticket::tell,
};
use palisade_core::{Denial, Reply};
use std::{fmt, sync::Arc};

/// An attempt under way. It has failed unless it [succeeded](Self::succeeded), also when it is dropped.
#[must_use = "an attempt that is dropped has failed"]
pub struct Attempt {
    guesses: Arc<Inner>,
    open: Option<Open>,
}

/// What is to be written down of an attempt.
struct Open {
    keys: Keys,
    receipt: Option<Receipt>,
    history: History,
    /// Whether a failure is the last one before a block of the pair.
    pair_ends: bool,
    /// Or of the account.
    account_ends: bool,
}

impl Attempt {
    pub(super) async fn begin(guesses: Arc<Inner>, keys: Keys) -> Result<Self, Denial> {
        let now = guesses.clock.now();
        let history = guesses.history(&keys, now).await.map_err(unavailable)?;
        let outcome = guesses.take(&keys, &history, now).await.map_err(unavailable)?;
        // Guesses that are not counted are not let through, whatever the store says.
        if outcome.is_unchecked() {
            return Err(unavailable(StoreErrorKind::Unavailable.into()));
        }
        if !outcome.admitted() {
            return Err(guesses.refusal(&outcome, now));
        }
        let is_last = |at: usize| outcome.decisions().get(at).is_some_and(|decision| decision.remaining == 0);
        let pair_ends = is_last(1) || history.pair_strikes > 0;
        let account_ends = !history.is_known
            && (is_last(outcome.decisions().len().saturating_sub(1)) || history.account_strikes > 0);
        let receipt = outcome.into_receipt();
        Ok(Self { guesses, open: Some(Open { keys, receipt, history, pair_ends, account_ends }) })
    }

    /// The secret was right: gives the charges back, and forgets the failures and blocks of this address at this account.
    ///
    /// A store that fails leaves them; that is told to `tracing`.
    pub fn succeeded(mut self) -> Reply<()> {
        let (inner, open) = (self.guesses.clone(), self.open.take());
        eager(async move {
            if let Some(open) = open {
                tell(inner.forgive(&open.keys, &open.history, open.receipt).await);
            }
        })
    }

    /// The secret was never compared, because something else was out of order: gives the charges back, and nothing else. An attempt
    /// that was let through after a block is given back too.
    ///
    /// A store that fails leaves the charges; that is told to `tracing`.
    pub fn undecided(mut self) -> Reply<()> {
        let (inner, open) = (self.guesses.clone(), self.open.take());
        eager(async move {
            if let Some(Open { keys, history, receipt: Some(receipt), .. }) = open {
                tell(inner.give_back(&keys, &history, receipt).await);
            }
        })
    }

    /// The secret was wrong: the charges stand, and who has used up a quota is blocked. Done when the reply is there.
    pub fn failed(mut self) -> Reply<()> {
        self.close()
    }

    fn close(&mut self) -> Reply<()> {
        let Some(open) = self.open.take() else { return Reply::now(()) };
        let inner = self.guesses.clone();
        eager(async move {
            let Keys { pair, pair_strikes, account, account_strikes, .. } = open.keys;
            if open.pair_ends {
                tell(inner.strike(pair, &inner.pair, pair_strikes).await);
            }
            if open.account_ends {
                tell(inner.strike(account, &inner.account, account_strikes).await);
            }
        })
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let settler = self.guesses.settler.clone();
        settler.settle(self.close());
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt")
    }
}
