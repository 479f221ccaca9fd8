//! Logins behind a gate, asked as clients ask.

#![cfg(feature = "login")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod asking;
mod auditing;
mod changing;
mod defaults;
mod entering;
mod leaving;
mod managing;
mod renewing;
mod store;
mod support;
mod trouble;
