//! The reference server that the whole-stack tests talk to.

#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "this crate is tests")]

pub mod callers;
pub mod client;
pub mod endurance;
pub mod key_timing;
pub mod keys;
pub mod load;
pub mod login;
pub mod login_load;
pub mod overload;
pub mod program;
pub mod redis;
pub mod server;
pub mod socket;
pub mod timing;
pub mod written;
