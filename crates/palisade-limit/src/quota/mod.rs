//! One limit: how much in how long, and how it is counted.

mod error;
mod grammar;
mod list;
mod rate;
#[cfg(test)]
mod tests;

pub use error::{QuotaError, QuotaErrorKind};
pub use list::{MAX_QUOTAS, Quotas};
pub use rate::{Algorithm, Align, Period, Quota, Rate};
