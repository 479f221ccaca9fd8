//! The audit log: what it keeps, what it tells of tampering, and what becomes of it when processes are killed and disks are slow.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod chain;
mod killed;
mod presenting;
mod recording;
mod support;
mod tampering;
