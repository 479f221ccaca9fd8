//! That a key was taken back.

use crate::text::{Actor, Reason};
use palisade_core::UnixTime;

/// When a key was taken back, by whom, and why; it is never given out again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub at: UnixTime,
    /// By whom.
    pub by: Actor,
    /// Why, where somebody said.
    pub reason: Option<Reason>,
}
