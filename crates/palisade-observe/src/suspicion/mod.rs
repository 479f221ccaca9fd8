//! Who tries doors.

mod guard;
mod networks;
mod pressure;
mod shared;
mod table;
mod threshold;
mod who;
mod witness;

pub use guard::{NoRandomness, Suspicions};
pub use threshold::Threshold;
