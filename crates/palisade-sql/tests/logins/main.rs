//! Users, refresh tokens and revocations: the law, several nodes, kills, and what is in the files.
#![cfg(feature = "login")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod kills;
mod law;
mod node;
mod nodes;
mod plans;
mod rows;
mod secrets;
#[path = "../support/mod.rs"]
mod support;
mod trouble;
mod upgrade;
