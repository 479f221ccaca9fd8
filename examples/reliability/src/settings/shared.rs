//! Counters and revocations that several processes share.

use palisade::{
    CredentialDigest, KeyHasher, Moment, Reply, Secret,
    jwt::Revocations,
    limit::{Charge, Fallback, Op, Outcome, RateStore, StoreError},
    redis::RedisStore,
};
use std::{error::Error, fmt, sync::Arc, time::Duration};

/// A store that others use too, and the seed that makes their keys agree.
#[derive(Clone)]
pub struct Shared {
    store: Arc<dyn RateStore>,
    revocations: Arc<dyn Revocations>,
    seed: [u8; 16],
    secret: Secret,
}

impl Shared {
    /// The Redis at this URL, how long it may take, and between how many processes a quota is divided while it is down.
    ///
    /// Addresses are hashed before they are sent there, with a seed made of the URL: all processes that spell it alike count
    /// together, and nothing else has to be set.
    ///
    /// # Errors
    ///
    /// A URL that is none, which the error does not repeat, a time out of its bounds, or no processes.
    pub fn redis(url: &str, within: Duration, nodes: u32) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let redis = RedisStore::builder(url).prefix("reliability:").operation_timeout(within).build()?;
        let revocations = RedisStore::builder(url).prefix("reliability:revoked:").operation_timeout(within);
        let revocations = Arc::new(revocations.build_revocations()?);
        let digest = CredentialDigest::of(url.as_bytes()).to_hex();
        let mut seed = [0; 16];
        for (byte, digit) in seed.iter_mut().zip(digest.bytes()) {
            *byte = digit;
        }
        let store = Arc::new(Fallback::local(Watched(redis)).nodes(nodes)?);
        Ok(Self { store, revocations, seed, secret: Secret::new(digest) })
    }

    /// Where to count.
    #[must_use]
    pub fn store(&self) -> Arc<dyn RateStore> {
        Arc::clone(&self.store)
    }

    /// Where tokens are said to be void. While it is down nobody can tell whether one is: requests with a token are answered with 503.
    #[must_use]
    pub fn revocations(&self) -> Arc<dyn Revocations> {
        Arc::clone(&self.revocations)
    }

    /// What makes keys for the limits of routes.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// What makes keys for the limit of this name.
    #[must_use]
    pub fn hasher(&self, limit: &str) -> KeyHasher {
        KeyHasher::seeded(&self.seed, limit)
    }
}

/// The seed is made of what may hold a password.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("store", &self.store).finish_non_exhaustive()
    }
}

/// A store, and a line in the log of developers for every decision that it could not make. What operators must know, the
/// store says itself, once.
#[derive(Debug)]
struct Watched<S>(S);

impl<S: RateStore> RateStore for Watched<S> {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        self.0.apply(op, charges, now).map(|answer| {
            answer.inspect_err(|fault| {
                tracing::debug!(target: "reliability::shared", %fault, "this process decides alone");
            })
        })
    }
}
