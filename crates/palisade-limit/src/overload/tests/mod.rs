//! The guard, and its number under threads.

#[cfg(palisade_loom)]
mod models;
#[cfg(not(palisade_loom))]
mod service;
#[cfg(not(palisade_loom))]
mod threads;
