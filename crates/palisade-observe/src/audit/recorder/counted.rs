//! What is told to the `metrics` facade.

#[cfg(feature = "metrics")]
pub(super) use crate::metrics::audit::{appended, dropped, failed, refused, suppressed, waiting};

#[cfg(not(feature = "metrics"))]
mod nobody {
    pub(crate) const fn waiting(_: usize) {}
    pub(crate) const fn appended(_: usize, _: u64) {}
    pub(crate) const fn dropped(_: u64) {}
    pub(crate) const fn suppressed() {}
    pub(crate) const fn refused() {}
    pub(crate) const fn failed() {}
}
#[cfg(not(feature = "metrics"))]
pub(super) use nobody::{appended, dropped, failed, refused, suppressed, waiting};
