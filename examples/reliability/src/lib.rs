//! Logins, per-route limits by address, and a dependency behind a circuit breaker.
//!
//! [`accounts`] trades passwords for tokens, [`users`] says whose, [`summary`] is what they open, [`exchange`] asks the dependency and falls back to
//! what it said last, [`upstream`] is a dependency of the example's own that can be told to fail, [`money`] is the arithmetic, [`settings`] refuses what is unsafe.

pub mod accounts;
pub mod banner;
pub mod client;
mod describe;
pub mod exchange;
pub mod money;
pub mod rates;
pub mod server;
pub mod settings;
pub mod summary;
pub mod upstream;
pub mod users;
