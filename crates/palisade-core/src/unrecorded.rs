//! That nobody could take note of something.

use crate::denial::{Denial, DenialKind};
use std::{fmt, sync::Arc};

/// Nobody could take note of a change; as a [`Denial`] it is 503.
#[derive(Clone, Debug)]
pub struct Unrecorded(Arc<str>);

impl Unrecorded {
    /// Why not, for operators.
    #[must_use]
    pub fn new(reason: impl Into<Arc<str>>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Unrecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the change cannot be recorded: {}", self.0)
    }
}

impl std::error::Error for Unrecorded {}

impl From<Unrecorded> for Denial {
    fn from(error: Unrecorded) -> Self {
        Self::new(DenialKind::Unavailable).because("audit_unavailable").with_source(error)
    }
}
