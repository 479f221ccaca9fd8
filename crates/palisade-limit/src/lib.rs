#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod algorithm;
mod bounds;
pub mod breaker;
mod concurrency;
mod error;
mod exempt;
#[cfg(feature = "axum")]
mod extract;
mod fallback;
mod growing_block;
mod handle;
mod headers;
mod memory;
#[cfg(feature = "metrics")]
mod metrics;
mod name;
mod outcome;
mod overload;
mod place;
mod plan;
mod policies;
mod quota;
mod rate_limit;
mod refusal;
mod reservation;
mod retry_budget;
mod roll;
mod settlement;
mod standing;
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
pub use concurrency::{Concurrency, ConcurrencyPass};
pub use error::{LimitError, LimitErrorKind};
pub use exempt::Exempt;
pub use fallback::Fallback;
pub use growing_block::{Attempt, GrowingBlock};
pub use handle::{Counter, LimitHandle};
pub use headers::Headers;
pub use memory::MemoryStore;
pub use outcome::{Charged, Outcome, Receipt};
pub use overload::{Ordinary, Overload};
pub use plan::Plans;
pub use quota::{
    Algorithm, Align, MAX_LOGGED, MAX_QUOTAS, Period, Quota, QuotaError, QuotaErrorKind, Quotas, Rate,
    UtcOffset,
};
pub use rate_limit::{RateLimit, RateLimitPass};
pub use reservation::Reservation;
pub use retry_budget::RetryBudget;
pub use status::{LimitStatus, Standing};
pub use store::{Charge, Op, RateStore};
pub use store_error::{StoreError, StoreErrorKind};
