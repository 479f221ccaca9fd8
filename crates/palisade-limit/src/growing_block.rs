//! Guessing, made slower with every failure.

use crate::{
    error::{LimitError, LimitErrorKind},
    headers::seconds_until,
    memory::MemoryStore,
    outcome::{Outcome, Receipt},
    quota,
    quota::Quota,
    refusal::unavailable,
    settlement::{Settler, eager},
    store::{Charge, Op, RateStore},
    store_error::StoreError,
    ticket::tell,
};
use palisade_core::{Clock, Denial, DenialKind, Key, KeyHasher, Moment, Reply};
use serde_json::json;
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

/// A limit for guesses at secrets of accounts, such as passwords: by address, by account, and by both together.
///
/// An attempt is charged to all three before the secret is looked at, so that no more guesses than the quotas allow are ever
/// under way, and given back when it succeeds. Whoever uses up the quota of an account, or of an account from one address,
/// is blocked: for the first time for `base`, then twice as long each time, at most for `cap`. A success forgets the failures and
/// blocks of that address at that account, and of nothing else: an attacker's own log-ins do not clean the attacker's address.
///
/// Nobody can lock an owner out: an address that has logged in to the account in the last thirty days is not held to the
/// account's quota, only to that of the two together. Ask before looking the account up and refuse alike whether it exists:
/// then neither words nor time tell.
///
/// | | default |
/// | --- | --- |
/// | address (IPv6 by /64) | 20 a minute |
/// | account | 10 in 15 minutes |
/// | account from one address | 5 in 15 minutes |
/// | block | 1 minute, doubled up to 15 minutes; forgotten a day after the first |
///
/// ```
/// use palisade_limit::GrowingBlock;
///
/// # futures(async {
/// let guesses = GrowingBlock::new("login")?;
/// let ip = "192.0.2.7".parse()?;
/// for _ in 0..5 {
///     guesses.attempt(ip, "ada").await?.failed().await;
/// }
/// let refused = guesses.attempt(ip, "ada").await.unwrap_err();
/// assert_eq!(refused.kind().status(), 429);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # });
/// # fn futures(f: impl Future<Output = Result<(), Box<dyn std::error::Error>>>) {
/// #     let mut f = std::pin::pin!(f);
/// #     let answer = f.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
/// #     assert!(matches!(answer, std::task::Poll::Ready(Ok(()))), "{answer:?}");
/// # }
/// ```
#[derive(Clone)]
pub struct GrowingBlock(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    name: Box<str>,
    address: Quota,
    account: Quota,
    pair: Quota,
    base: Duration,
    cap: Duration,
    hasher: KeyHasher,
    store: Arc<dyn RateStore>,
    clock: Clock,
    settler: Settler,
}

/// Remembers how often somebody was blocked.
const STRIKES: Quota = quota!("30/day fixed first-hit");
/// Remembers that an address has logged in to an account.
const KNOWN: Quota = quota!("1 per 30 days fixed first-hit");
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

impl GrowingBlock {
    /// One with the default quotas, which counts in a [`MemoryStore`] of its own.
    ///
    /// # Errors
    ///
    /// An operating system without randomness.
    pub fn new(name: &str) -> Result<Self, LimitError> {
        let hasher = KeyHasher::random(name)
            .map_err(|error| LimitError::because(LimitErrorKind::Randomness, error))?;
        Ok(Self(Arc::new(Inner {
            name: name.into(),
            address: quota!("20/minute"),
            account: quota!("10 per 15 minutes"),
            pair: quota!("5 per 15 minutes"),
            base: Duration::from_secs(60),
            cap: Duration::from_secs(900),
            hasher,
            store: Arc::new(MemoryStore::new()),
            clock: Clock::system(),
            settler: Settler::default(),
        })))
    }

    /// How often one address may fail, whatever the account.
    #[must_use]
    pub fn address(mut self, quota: Quota) -> Self {
        self.edit().address = quota;
        self
    }

    /// How often an account may be failed at, from wherever.
    #[must_use]
    pub fn account(mut self, quota: Quota) -> Self {
        self.edit().account = quota;
        self
    }

    /// How often an account may be failed at from one address.
    #[must_use]
    pub fn pair(mut self, quota: Quota) -> Self {
        self.edit().pair = quota;
        self
    }

    /// How long the first block lasts, and the longest one.
    ///
    /// # Errors
    ///
    /// When `base` is less than a second or more than `cap`, or `cap` is more than ten years.
    pub fn blocking(mut self, base: Duration, cap: Duration) -> Result<Self, LimitError> {
        if base < Duration::from_secs(1) || cap < base || cap > LONGEST {
            return Err(LimitErrorKind::Block.into());
        }
        let inner = self.edit();
        (inner.base, inner.cap) = (base, cap);
        Ok(self)
    }

    /// Counts in this store.
    #[must_use]
    pub fn store(mut self, store: Arc<dyn RateStore>) -> Self {
        self.edit().store = store;
        self
    }

    /// Hashes keys with a seed that others share, so that several processes count together in one store.
    #[must_use]
    pub fn keyed_by(mut self, hasher: KeyHasher) -> Self {
        self.edit().hasher = hasher;
        self
    }

    /// Reads time from `clock`; for tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.edit().clock = clock;
        self
    }

    /// Hands what is to be written down of an attempt that was dropped to `spawn`, where the store answers later; see
    /// [`RateLimit::settle_with`](crate::RateLimit::settle_with).
    #[must_use]
    pub fn settle_with(mut self, spawn: impl Fn(Reply<()>) + Send + Sync + 'static) -> Self {
        self.edit().settler = Settler::spawning(spawn);
        self
    }

    /// Begins an attempt at an account, named as it is looked up: in one spelling.
    ///
    /// # Errors
    ///
    /// 429 with `Retry-After` where one of the quotas is used up or a block is in force, without saying which; 503 where the store
    /// cannot decide.
    pub fn attempt(&self, client: IpAddr, account: &str) -> Reply<Result<Attempt, Denial>> {
        let this = self.clone();
        let address = this.0.hasher.client(client);
        let key = |purpose: &[u8], fields: &[&[u8]]| this.0.hasher.key(&[&[purpose], fields].concat());
        let (account, pair) = (account.as_bytes(), [address.as_bytes().as_slice(), account.as_bytes()]);
        let keys = Keys {
            address,
            account: key(b"account", &[account]),
            account_strikes: key(b"account strikes", &[account]),
            pair: key(b"pair", &pair),
            pair_strikes: key(b"pair strikes", &pair),
            known: key(b"known", &pair),
        };
        eager(async move { this.begin(keys).await })
    }

    async fn begin(self, keys: Keys) -> Result<Attempt, Denial> {
        let inner = &self.0;
        let now = inner.clock.now();
        let known = inner.one(Op::Peek, keys.known, &KNOWN, 0, now).await.map_err(unavailable)?;
        let known = known.decisions().first().is_some_and(|decision| decision.remaining == 0);
        let charges = inner.charges(&keys, 1);
        let charges = if known { &charges[..2] } else { &charges[..] };
        let outcome = inner.store.apply(Op::Take, charges, now).await.map_err(unavailable)?;
        if !outcome.admitted() {
            return Err(inner.refusal(&outcome, now));
        }
        let spent = |at: usize| outcome.decisions().get(at).is_some_and(|decision| decision.remaining == 0);
        let (pair_spent, account_spent) = (spent(1), spent(2));
        let receipt = outcome.into_receipt();
        let open = Some(Open { keys, receipt, known, pair_spent, account_spent });
        Ok(Attempt { guesses: self, open })
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

/// An attempt under way. It has failed unless it [succeeded](Self::succeeded), also when it is dropped.
#[must_use = "an attempt that is dropped has failed"]
pub struct Attempt {
    guesses: GrowingBlock,
    open: Option<Open>,
}

/// What is to be written down of an attempt.
struct Open {
    keys: Keys,
    receipt: Option<Receipt>,
    known: bool,
    pair_spent: bool,
    account_spent: bool,
}

#[derive(Clone, Copy)]
struct Keys {
    address: Key,
    account: Key,
    account_strikes: Key,
    pair: Key,
    pair_strikes: Key,
    known: Key,
}

impl Attempt {
    /// The secret was right: gives the charges back, and forgets the failures and blocks of this address at this account.
    ///
    /// A store that fails leaves them; that is told to `tracing`.
    pub fn succeeded(mut self) -> Reply<()> {
        let (inner, open) = (self.guesses.0.clone(), self.open.take());
        eager(async move {
            if let Some(open) = open {
                tell(inner.forget(open).await);
            }
        })
    }

    /// The secret was wrong: the charges stand, and who has used up a quota is blocked. Done when the reply is there.
    pub fn failed(mut self) -> Reply<()> {
        self.close()
    }

    fn close(&mut self) -> Reply<()> {
        let Some(open) = self.open.take() else { return Reply::now(()) };
        let inner = self.guesses.0.clone();
        eager(async move {
            let Keys { pair, pair_strikes, account, account_strikes, .. } = open.keys;
            if open.pair_spent {
                tell(inner.strike(pair, &inner.pair, pair_strikes).await);
            }
            if open.account_spent {
                tell(inner.strike(account, &inner.account, account_strikes).await);
            }
        })
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let settler = self.guesses.0.settler.clone();
        settler.settle(self.close());
    }
}

impl Inner {
    /// The account comes last, because it can be left out.
    fn charges(&self, keys: &Keys, cost: u32) -> [Charge<'_>; 3] {
        [
            Charge { key: keys.address, quota: &self.address, cost },
            Charge { key: keys.pair, quota: &self.pair, cost },
            Charge { key: keys.account, quota: &self.account, cost },
        ]
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

    async fn forget(&self, open: Open) -> Result<(), StoreError> {
        let now = self.clock.now();
        if let Some(receipt) = open.receipt {
            let charges = self.charges(&open.keys, 0);
            let charges = if open.known { &charges[..2] } else { &charges[..] };
            self.store.apply(Op::Settle(receipt), charges, now).await?;
        }
        self.one(Op::Clear, open.keys.pair, &self.pair, 0, now).await?;
        self.one(Op::Clear, open.keys.pair_strikes, &STRIKES, 0, now).await?;
        self.one(Op::Take, open.keys.known, &KNOWN, 1, now).await.map(drop)
    }

    /// Blocks a counter for longer than the last time.
    async fn strike(&self, key: Key, quota: &Quota, strikes: Key) -> Result<(), StoreError> {
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
    fn refusal(&self, outcome: &Outcome, now: Moment) -> Denial {
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

impl fmt::Debug for GrowingBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrowingBlock")
            .field("name", &self.0.name)
            .field("address", &self.0.address)
            .field("account", &self.0.account)
            .field("pair", &self.0.pair)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt")
    }
}
