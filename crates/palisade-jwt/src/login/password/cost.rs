//! What making a hash costs.

/// What making a hash of a password costs: Argon2id with so much memory, so many passes and lanes (RFC 9106 §3.1).
///
/// The default is 19,456 KiB, 2 passes, 1 lane.
///
/// ```
/// use palisade_jwt::login::HashCost;
///
/// assert!(HashCost::new(47_104, 1, 1).is_ok());
/// assert!(HashCost::new(8, 1, 1).is_err());
/// assert!(HashCost::new(1 << 20, 1, 1).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

/// A stored hash that asks for more is not computed: whoever can write to the store could stop the service with one row.
pub(super) const MAX_MEMORY_KIB: u32 = 128 * 1024;
pub(super) const MAX_PASSES: u32 = 10;
pub(super) const MAX_LANES: u32 = 4;

/// Each is enough (OWASP Password Storage): memory in KiB, passes.
const ENOUGH: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

impl HashCost {
    /// Another cost.
    ///
    /// # Errors
    ///
    /// Where it is less than any of 46 MiB and 1 pass, 19 MiB and 2, 12 MiB and 3, 9 MiB and 4, 7 MiB and 5; or more than
    /// 128 MiB, 10 passes, 4 lanes.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, InvalidCost> {
        let cost = Self { memory_kib, passes, lanes };
        let enough = ENOUGH.iter().any(|(memory, least)| memory_kib >= *memory && passes >= *least);
        if enough && cost.is_bounded() { Ok(cost) } else { Err(InvalidCost(())) }
    }

    /// A cost that protects nothing and takes no time: for tests.
    #[must_use]
    pub fn dangerous_cheap() -> Self {
        tracing::warn!(target: "palisade::setup", "passwords are hashed so cheaply that the hashes protect nothing");
        Self { memory_kib: 16, passes: 1, lanes: 1 }
    }

    /// Memory in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// Passes over the memory.
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// Lanes.
    #[must_use]
    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    pub(super) const fn is_bounded(self) -> bool {
        self.memory_kib <= MAX_MEMORY_KIB
            && self.passes >= 1
            && self.passes <= MAX_PASSES
            && self.lanes >= 1
            && self.lanes <= MAX_LANES
            && self.memory_kib >= 8 * self.lanes
    }
}

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

/// The cost is too small to protect passwords, or too large to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "hashing passwords takes at least 47104 KiB and 1 pass, 19456 and 2, 12288 and 3, 9216 and 4, or 7168 and 5, and at most \
     131072 KiB, 10 passes and 4 lanes"
)]
pub struct InvalidCost(());
