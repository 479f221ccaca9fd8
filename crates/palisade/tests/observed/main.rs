//! What a whole stack tells: numbers, traces, accounts, and who tries doors.

#![cfg(feature = "observe")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod accounts;
mod badge;
mod bans;
#[cfg(feature = "metrics")]
mod numbers;
mod support;
mod traces;
