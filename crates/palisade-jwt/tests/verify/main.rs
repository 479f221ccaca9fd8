//! What a verifier takes and what it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod claims;
mod dates;
mod defaults;
mod form;
mod keys;
mod laws;
mod published;
mod sources;
mod support;
