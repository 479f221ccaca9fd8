//! One limit: how much in how long, and how it is counted.

mod algorithm;
mod align;
mod error;
mod grammar;
mod list;
mod rate;
#[cfg(test)]
mod tests;

pub use algorithm::{Algorithm, MAX_LOGGED};
pub use align::{Align, UtcOffset};
pub use error::{QuotaError, QuotaErrorKind};
pub use list::{MAX_QUOTAS, Quotas};
pub use rate::{Period, Quota, Rate};
