//! Keys of identity providers: everything a provider can do to a service, by hand and over real wires.
#![cfg(feature = "remote")]
#![allow(dead_code, unreachable_pub, reason = "what tests hold in their hands")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod ages;
mod defaults;
mod faults;
mod https;
mod openid;
mod provider;
mod setup;
mod signer;
mod told;
mod wire;
