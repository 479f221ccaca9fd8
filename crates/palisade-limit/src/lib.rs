#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod algorithm;
mod error;
mod exempt;
#[cfg(feature = "axum")]
mod extract;
mod growing_block;
mod handle;
mod headers;
mod memory;
#[cfg(feature = "metrics")]
mod metrics;
mod outcome;
mod plan;
mod policies;
mod quota;
mod rate_limit;
mod refusal;
mod reservation;
mod settlement;
mod status;
mod store;
mod store_error;
#[cfg(any(test, feature = "suite"))]
#[cfg_attr(docsrs, doc(cfg(feature = "suite")))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "its functions are tests")]
pub mod suite;
mod sync;
mod ticket;

pub use algorithm::{Cell, Log};
pub use error::{LimitError, LimitErrorKind};
pub use exempt::Exempt;
pub use growing_block::{Attempt, GrowingBlock};
pub use handle::{Counter, LimitHandle};
pub use headers::Headers;
pub use memory::MemoryStore;
pub use outcome::{Charged, Outcome, Receipt};
pub use plan::Plans;
pub use quota::{
    Algorithm, Align, MAX_LOGGED, MAX_QUOTAS, Period, Quota, QuotaError, QuotaErrorKind, Quotas, Rate,
    UtcOffset,
};
pub use rate_limit::{RateLimit, RateLimitPass};
pub use reservation::Reservation;
pub use status::{LimitStatus, Standing};
pub use store::{Charge, Op, RateStore};
pub use store_error::{StoreError, StoreErrorKind};
