#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod algorithm;
mod error;
mod headers;
mod memory;
mod outcome;
mod quota;
mod rate_limit;
mod store;
mod store_error;
#[cfg(any(test, feature = "suite"))]
#[cfg_attr(docsrs, doc(cfg(feature = "suite")))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "its functions are tests")]
pub mod suite;

pub use algorithm::{Cell, Log};
pub use error::{LimitError, LimitErrorKind};
pub use headers::Headers;
pub use memory::MemoryStore;
pub use outcome::{Charged, Outcome, Receipt};
pub use quota::{
    Algorithm, Align, MAX_LOGGED, MAX_QUOTAS, Period, Quota, QuotaError, QuotaErrorKind, Quotas, Rate,
    UtcOffset,
};
pub use rate_limit::{RateLimit, RateLimitPass};
pub use store::{Charge, Op, RateStore};
pub use store_error::{StoreError, StoreErrorKind};
