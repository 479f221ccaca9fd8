//! Keys behind a gate and under management, asked as clients ask.

#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

mod auditing;
mod creating;
mod defaults;
mod foreign;
mod headers;
mod lasting;
mod laws;
mod managing;
mod open;
mod places;
mod presenting;
mod reach;
mod rotating;
mod rules;
mod server;
mod support;
mod trouble;
mod windows;
