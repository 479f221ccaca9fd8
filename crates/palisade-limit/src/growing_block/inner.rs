//! The counters of guesses.

use crate::{
    headers::seconds_until,
    outcome::{Outcome, Receipt},
    quota,
    quota::Quota,
    settlement::Settler,
    store::{Charge, Op, RateStore},
    store_error::StoreError,
};
use palisade_core::{Clock, Denial, DenialKind, Key, KeyHasher, Moment, Reply};
use serde_json::json;
use std::{net::IpAddr, sync::Arc, time::Duration};

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) name: Box<str>,
    pub(super) address: Quota,
    pub(super) account: Quota,
    pub(super) pair: Quota,
    /// What somebody has who was blocked before: one attempt for each block.
    pub(super) once: Quota,
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) hasher: KeyHasher,
    pub(super) store: Arc<dyn RateStore>,
    pub(super) clock: Clock,
    pub(super) settler: Settler,
}

#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) address: Key,
    pub(super) account: Key,
    pub(super) account_strikes: Key,
    pub(super) pair: Key,
    pub(super) pair_strikes: Key,
    pub(super) known: Key,
}

/// What is remembered of an address and an account.
pub(super) struct History {
    /// The address has logged in to the account before.
    pub(super) is_known: bool,
    /// How often they were blocked together.
    pub(super) pair_strikes: u32,
    /// How often the account was blocked.
    pub(super) account_strikes: u32,
}

/// Remembers how often somebody was blocked.
const STRIKES: Quota = quota!("30/day fixed first-hit");
/// Remembers that an address has logged in to an account, by a block on a counter that is not used otherwise: blocks are
/// never shared, so a flood of strangers makes nobody known.
const KNOWN: Quota = quota!("1/day");
const KNOWN_FOR: u64 = 30 * 86_400 * 1_000_000_000;
impl Inner {
    pub(super) fn keys(&self, client: IpAddr, account: &str) -> Keys {
        let address = self.hasher.client(client);
        let (pair, account) = ([address.as_bytes().as_slice(), account.as_bytes()], account.as_bytes());
        let of_pair = |purpose: &[u8]| self.hasher.key(&[purpose, pair[0], pair[1]]);
        Keys {
            address,
            account: self.hasher.key(&[b"account", account]),
            account_strikes: self.hasher.key(&[b"account strikes", account]),
            pair: of_pair(b"pair"),
            pair_strikes: of_pair(b"pair strikes"),
            known: of_pair(b"known"),
        }
    }

    /// What is remembered of an address and an account.
    pub(super) async fn history(&self, keys: &Keys, now: Moment) -> Result<History, StoreError> {
        let look = |key, quota| Charge { key, quota, cost: 0 };
        let charges = [
            look(keys.known, &KNOWN),
            look(keys.pair_strikes, &STRIKES),
            look(keys.account_strikes, &STRIKES),
        ];
        let outcome = self.store.apply(Op::Peek, &charges, now).await?;
        let is_known = outcome.decisions().first().is_some_and(|decision| !decision.admitted);
        let used = |at: usize| {
            let decision = outcome.decisions().get(at);
            decision.map_or(0, |decision| decision.limit.saturating_sub(decision.remaining))
        };
        Ok(History { is_known, pair_strikes: used(1), account_strikes: used(2) })
    }

    /// Charges all counters, or none. The first two are those of the address and of the pair.
    pub(super) fn take(
        &self,
        keys: &Keys,
        history: &History,
        now: Moment,
    ) -> Reply<Result<Outcome, StoreError>> {
        self.store.apply(Op::Take, &self.charges(keys, history, 1), now)
    }

    /// Gives the charges back, and forgets what the address failed at the account.
    pub(super) async fn forgive(
        &self,
        keys: &Keys,
        history: &History,
        receipt: Option<Receipt>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        if let Some(receipt) = receipt {
            self.give_back(keys, history, receipt).await?;
        }
        self.one(Op::Clear, keys.pair, &self.pair, 0, now).await?;
        self.one(Op::Clear, keys.pair_strikes, &STRIKES, 0, now).await?;
        let until = now.mono.plus_nanos(KNOWN_FOR);
        self.one(Op::Block { until }, keys.known, &KNOWN, 0, now).await.map(drop)
    }

    /// Gives the charges back.
    pub(super) async fn give_back(
        &self,
        keys: &Keys,
        history: &History,
        receipt: Receipt,
    ) -> Result<(), StoreError> {
        let charges = self.charges(keys, history, 0);
        self.store.apply(Op::Settle(receipt), &charges, self.clock.now()).await.map(drop)
    }

    /// What an attempt is charged to. The account is left out where the address has logged in to it before; who was blocked
    /// before has one attempt until the next block.
    fn charges(&self, keys: &Keys, history: &History, cost: u32) -> Vec<Charge<'_>> {
        let mut charges = vec![
            Charge { key: keys.address, quota: &self.address, cost },
            Charge { key: keys.pair, quota: &self.pair, cost },
        ];
        let mut once = |strikes_key: Key, strikes: u32| {
            if strikes > 0 {
                let key = self.hasher.key(&[b"once", strikes_key.as_bytes(), &strikes.to_le_bytes()]);
                charges.push(Charge { key, quota: &self.once, cost });
            }
        };
        once(keys.pair_strikes, history.pair_strikes);
        if !history.is_known {
            once(keys.account_strikes, history.account_strikes);
            charges.push(Charge { key: keys.account, quota: &self.account, cost });
        }
        charges
    }

    fn one(
        &self,
        op: Op,
        key: Key,
        quota: &Quota,
        cost: u32,
        now: Moment,
    ) -> Reply<Result<Outcome, StoreError>> {
        self.store.apply(op, &[Charge { key, quota, cost }], now)
    }

    /// Blocks a counter for longer than the last time.
    pub(super) async fn strike(&self, key: Key, quota: &Quota, strikes: Key) -> Result<(), StoreError> {
        let now = self.clock.now();
        let outcome = self.one(Op::Take, strikes, &STRIKES, 1, now).await?;
        let earlier = outcome
            .decisions()
            .first()
            .map_or(0, |decision| decision.limit - decision.remaining.min(decision.limit));
        let time = doubled(self.base, earlier.saturating_sub(1), self.cap);
        let until = now.mono.plus_nanos(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        self.one(Op::Block { until }, key, quota, 0, now).await.map(drop)
    }

    #[cold]
    pub(super) fn refusal(&self, outcome: &Outcome, now: Moment) -> Denial {
        let refused = outcome.decisions().iter().filter(|decision| !decision.admitted);
        let retry = refused.filter_map(|decision| decision.retry).max();
        let seconds = retry.map_or(1, |retry| seconds_until(retry, now)).max(1);
        Denial::new(DenialKind::RateLimited)
            .because("too_many_failures")
            .retry_after(seconds)
            .with_details(json!({ "policy": &*self.name, "retry_after": seconds }))
    }
}

/// `base` doubled so many times, at most `cap`.
fn doubled(base: Duration, times: u32, cap: Duration) -> Duration {
    2_u32.checked_pow(times).and_then(|factor| base.checked_mul(factor)).map_or(cap, |time| time.min(cap))
}
