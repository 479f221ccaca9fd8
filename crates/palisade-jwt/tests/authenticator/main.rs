//! Callers known by signed tokens.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod caching;
mod issuers;
mod presenting;
mod revoking;
mod support;
