//! What threads meet at, of the standard library; with `--cfg palisade_loom`, of loom, which tries every order of events.

#[cfg(palisade_loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};
#[cfg(not(palisade_loom))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicU64, Ordering},
};
