//! The audit log: the law, several processes, kills, tampering, and what becomes of changes while the database is away.
#![cfg(feature = "audit")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod entries;
mod faults;
mod kills;
mod law;
mod plans;
#[path = "../support/mod.rs"]
mod support;
mod tampering;
mod trouble;
