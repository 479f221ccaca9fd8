//! Callers known by signed tokens.

#![allow(clippy::unwrap_used, clippy::panic, clippy::needless_pass_by_value, reason = "these are tests")]

mod caching;
mod defaults;
mod issuers;
mod presenting;
mod revoking;
mod support;
