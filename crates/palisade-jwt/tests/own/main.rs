//! Tokens of our own: what they say, how their keys follow one another, and who else understands them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

mod files;
mod foreign;
mod minting;
mod noting;
mod rotating;
#[cfg(feature = "router")]
mod route;
mod secrets;
mod support;
