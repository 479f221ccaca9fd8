//! What is given back or taken beside requests.

/// What is given back or taken beside requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adjustment {
    Give(u32),
    Take(u32),
}

impl Adjustment {
    /// What was used afterwards, where `used` was before and `most` is the deepest debt.
    pub(crate) fn of(self, used: u64, most: u64) -> u64 {
        match self {
            Self::Give(amount) => used.saturating_sub(u64::from(amount)),
            Self::Take(cost) => used.saturating_add(u64::from(cost)).min(most).max(used),
        }
    }
}
