//! Per-route limits by address, and a dependency behind a circuit breaker.
//!
//! [`exchange`] asks the dependency and falls back to what it said last, [`upstream`] is a dependency of the example's own that
//! can be told to fail, [`money`] is the arithmetic, [`settings`] refuses what is unsafe.

pub mod banner;
pub mod client;
pub mod exchange;
pub mod money;
pub mod rates;
pub mod server;
pub mod settings;
pub mod upstream;
