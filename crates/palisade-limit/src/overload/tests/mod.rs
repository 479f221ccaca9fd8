//! The guard, and its number under threads.

#[cfg(loom)]
mod models;
#[cfg(not(loom))]
mod service;
#[cfg(not(loom))]
mod threads;
