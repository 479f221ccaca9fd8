//! Routes behind a gate that identifies, asked without a server.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod bodies;
mod guards;
mod lock;
mod methods;
mod mistakes;
mod mounts;
mod nesting;
mod pace;
mod policies;
mod server;
mod strict;
mod support;
#[cfg(feature = "multipart")]
mod upload;
