//! Hashing on a pool, and the hash of nobody.

use super::{
    compute::{self, Failed},
    cost::HashCost,
    kept::PasswordHash,
    pool::{HashingStatus, Pool, Undone},
    presented::Password,
    scratch::Scratch,
    stored::{SALT_LEN, Stored, TAG_LEN, Unusable},
};
use std::{fmt, sync::Arc};

/// Makes hashes of passwords and compares with them, so many at once and no more; cheap to clone.
///
/// | | |
/// | --- | --- |
/// | at once | one less than there are processors, 1 to 4; about 19 MiB each, kept from the first use on |
/// | where | on threads of its own, which end with the last clone; on Linux they give way to all others (`nice` 10) |
/// | waiting | 64, each at most a second; then [`HashingError::Busy`] |
/// | whoever leaves | gives up a place in the queue; work that was begun is ended, and counts until then |
///
/// Runs on a tokio runtime with time.
#[derive(Clone)]
pub struct Hashing(Arc<Inner>);

struct Inner {
    cost: HashCost,
    nobody: PasswordHash,
    pool: Pool,
    scratch: Scratch,
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparison {
    /// It is the password.
    Right,
    /// It is the password, and its hash should be made anew: another cost, or another kind.
    Outdated,
    /// It is not.
    Wrong,
    /// What is stored, or what was typed, cannot be compared; as much was computed as if it could.
    Unusable(Unusable),
}

/// Why nothing was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashingError {
    /// Too many wait already, or it did not come to its turn within a second.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The operating system gives no randomness.
    #[error("there is no randomness to hash a password with")]
    NoRandomness,
    /// It broke: no memory, or no runtime.
    #[error("hashing a password broke")]
    Broken,
}

impl Hashing {
    /// Hashing at this cost.
    ///
    /// # Errors
    ///
    /// An operating system without randomness.
    pub fn new(cost: HashCost) -> Result<Self, HashingError> {
        Self::with(cost, Pool::new())
    }

    /// As [`new`](Self::new), with so many at once, 1 to 64.
    ///
    /// # Errors
    ///
    /// An operating system without randomness.
    pub fn at_once(cost: HashCost, at_once: usize) -> Result<Self, HashingError> {
        Self::with(cost, Pool::of(at_once))
    }

    fn with(cost: HashCost, pool: Pool) -> Result<Self, HashingError> {
        // A tag that was drawn is the tag of no password that anybody knows, and costs as much to compare with.
        let nobody = compute::text(cost, &draw::<SALT_LEN>()?, &draw::<TAG_LEN>()?);
        let scratch = Scratch::new(blocks(cost));
        Ok(Self(Arc::new(Inner { cost, nobody, pool, scratch })))
    }

    /// What a hash costs.
    #[must_use]
    pub fn cost(&self) -> HashCost {
        self.0.cost
    }

    /// The hash that is compared with where there is no user: of the same cost as those of users, and of no password.
    #[must_use]
    pub fn nobody(&self) -> &PasswordHash {
        &self.0.nobody
    }

    /// How busy it is.
    #[must_use]
    pub fn status(&self) -> HashingStatus {
        self.0.pool.status()
    }

    /// Makes a hash with a salt of its own.
    ///
    /// # Errors
    ///
    /// Where it is busy or cannot.
    ///
    /// # Cancel safety
    ///
    /// What was begun is ended, for nobody.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash, HashingError> {
        let (inner, password, salt) = (self.0.clone(), password.clone(), draw()?);
        let make = move || compute::make(&inner.scratch, inner.cost, password.expose(), salt);
        let made = self.0.pool.run(make).await?;
        made.map_err(HashingError::from)
    }

    /// Compares a password with what is stored; with the hash of nobody where there is no user.
    ///
    /// # Errors
    ///
    /// Where it is busy or cannot.
    ///
    /// # Cancel safety
    ///
    /// What was begun is ended, for nobody.
    pub async fn compare(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Comparison, HashingError> {
        let (inner, password, stored) = (self.0.clone(), password.clone(), stored.cloned());
        let compared = self.0.pool.run(move || inner.compare(password.expose(), stored.as_ref())).await?;
        compared.map_err(HashingError::from)
    }
}

impl Inner {
    fn compare(&self, password: &[u8], stored: Option<&PasswordHash>) -> Result<Comparison, Failed> {
        let Some(stored) = stored else { return self.nobody(password).map(|()| Comparison::Wrong) };
        let parsed = Stored::parse(stored.expose());
        let matched = match &parsed {
            Ok(parsed) => parsed.matches(&self.scratch, password)?,
            Err(unusable) => Err(*unusable),
        };
        Ok(match (matched, parsed) {
            (Ok(true), Ok(parsed)) if parsed.is_current(self.cost) => Comparison::Right,
            (Ok(true), _) => Comparison::Outdated,
            (Ok(false), _) => Comparison::Wrong,
            (Err(unusable), _) => {
                self.nobody(password)?;
                Comparison::Unusable(unusable)
            }
        })
    }

    fn nobody(&self, password: &[u8]) -> Result<(), Failed> {
        let stored = Stored::parse(self.nobody.expose()).map_err(|_| Failed)?;
        stored.matches(&self.scratch, password).map(drop)
    }
}

/// Memory is used in whole slices, four for each lane (RFC 9106 §3.2).
const fn blocks(cost: HashCost) -> usize {
    let slices = 4 * cost.lanes;
    (cost.memory_kib / slices * slices) as usize
}

fn draw<const N: usize>() -> Result<[u8; N], HashingError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| HashingError::NoRandomness)?;
    Ok(bytes)
}

impl From<Failed> for HashingError {
    fn from(_: Failed) -> Self {
        Self::Broken
    }
}

impl From<Undone> for HashingError {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::Busy => Self::Busy,
            Undone::Broken => Self::Broken,
        }
    }
}

impl fmt::Debug for Hashing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashing").field("cost", &self.0.cost).field("status", &self.status()).finish()
    }
}
