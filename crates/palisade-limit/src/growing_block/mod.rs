//! Guessing, made slower with every failure.

mod attempt;
mod inner;
#[cfg(test)]
mod tests;

use crate::{
    error::{LimitError, LimitErrorKind},
    memory::MemoryStore,
    quota,
    quota::{Align, Period, Quota, Rate},
    settlement::{Settler, eager},
    store::RateStore,
};
pub use attempt::Attempt;
use inner::Inner;
use palisade_core::{Clock, Denial, Guess, Guessed, Guesses, KeyHasher, Reply};
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

/// A limit for guesses at secrets of accounts, such as passwords: by address, by account, and by both together.
///
/// An attempt is charged to all three before the secret is looked at, so that no more guesses than the quotas allow are ever
/// under way, and given back when it succeeds. Whoever uses up the quota of an account, or of an account from one address,
/// is blocked: for the first time for `base`, then for twice as long after each further failure, at most for `cap`. A success forgets the failures and
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
/// So a botnet of any size has about 110 guesses a day at one account.
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
            once: quota!("1 per 15 minutes fixed first-hit"),
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
        if base < Duration::from_secs(1) || cap < base {
            return Err(LimitErrorKind::Block.into());
        }
        let seconds = u32::try_from(cap.as_secs()).map_err(|_| LimitErrorKind::Block)?;
        let once = Rate::new(1, Period::seconds(seconds)).fixed_window(Align::FirstHit);
        let inner = self.edit();
        inner.once = once.quota().map_err(|_| LimitErrorKind::Block)?;
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
        let inner = self.0.clone();
        let keys = inner.keys(client, account);
        eager(async move { Attempt::begin(inner, keys).await })
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}

/// For a login that knows no limiter.
impl Guesses for GrowingBlock {
    fn begin(&self, client: IpAddr, account: &str) -> Reply<Result<Guess, Denial>> {
        let attempt = self.attempt(client, account);
        attempt.map(|attempt| {
            let attempt = attempt?;
            Ok(Guess::new(|guessed| match guessed {
                Guessed::Right => attempt.succeeded(),
                Guessed::Wrong => attempt.failed(),
                Guessed::Undecided => attempt.undecided(),
            }))
        })
    }

    fn is_shared(&self) -> bool {
        self.0.store.is_shared()
    }
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
