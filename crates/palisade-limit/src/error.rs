//! Why a limit cannot be set up.

use crate::quota::{MAX_QUOTAS, QuotaError};
use std::{convert::Infallible, error::Error, fmt};

/// Why a limit cannot be set up.
#[derive(Debug)]
pub struct LimitError {
    kind: LimitErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What is wrong with a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitErrorKind {
    /// Its name is empty, longer than 64 bytes, or has other characters than printable ASCII without `"` and `\`.
    Name,
    /// Its quotas are none; the source says why.
    Quota,
    /// Its cost is more than one of its quotas can ever admit.
    Cost,
    /// The operating system gives no randomness for the seed of its keys.
    Randomness,
    /// A plan, a caller or a network stands there twice, or a network cannot be read; the source says which.
    Declaration,
    /// Only the plans of a limit that was made with [`RateLimit::plans`](crate::RateLimit::plans) can be replaced.
    NotPlanned,
    /// A block of failures begins with at least a second, and ends with at most ten years.
    Block,
    /// A store has room for 1 to 20,000,000 keys.
    Capacity,
    /// A limit on requests in flight is 0, or more than 1,000,000.
    InFlight,
    /// A quota is shared by 0 nodes.
    Nodes,
    /// What is reserved of such a limit is all of it, or more.
    Reserve,
    /// A response may be unread for a second to an hour.
    Unread,
}

impl LimitError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> LimitErrorKind {
        self.kind
    }

    pub(crate) fn because(kind: LimitErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, source: Some(source.into()) }
    }
}

impl From<LimitErrorKind> for LimitError {
    fn from(kind: LimitErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<QuotaError> for LimitError {
    fn from(error: QuotaError) -> Self {
        Self::because(LimitErrorKind::Quota, error)
    }
}

impl From<Infallible> for LimitError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, &self.source) {
            (LimitErrorKind::Quota | LimitErrorKind::Declaration, Some(source)) => source.fmt(f),
            (kind, _) => kind.fmt(f),
        }
    }
}

impl fmt::Display for LimitErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str(
                "the name of a limit is 1 to 64 printable ASCII characters without quotes and backslashes",
            ),
            Self::Quota => write!(f, "a limit has 1 to {MAX_QUOTAS} different quotas"),
            Self::Cost => f.write_str("the cost is more than one of the quotas can ever admit"),
            Self::Randomness => f.write_str("the operating system gives no randomness"),
            Self::Declaration => f.write_str("a declaration of a limit cannot be read"),
            Self::NotPlanned => f.write_str(
                "only the plans of a limit that was made with `RateLimit::plans` can be replaced while it is in use",
            ),
            Self::Block => f.write_str("a block lasts at least a second at first, and at most ten years in the end"),
            Self::Capacity => f.write_str("there is room for 1 to 20000000 keys"),
            Self::InFlight => f.write_str("a limit on requests in flight is 1 to 1000000"),
            Self::Nodes => f.write_str("a quota is shared by at least one node: say how many there are, or nothing"),
            Self::Reserve => {
                f.write_str("what is reserved of a limit on requests in flight is less than the limit")
            }
            Self::Unread => f.write_str("a response may be unread for a second to an hour"),
        }
    }
}

impl Error for LimitError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match (self.kind, &self.source) {
            // Its words are this error's words already.
            (LimitErrorKind::Quota | LimitErrorKind::Declaration, Some(source)) => source.source(),
            (_, source) => source.as_ref().map(|source| &**source as &(dyn Error + 'static)),
        }
    }
}
