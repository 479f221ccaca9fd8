//! The audit log.

mod ends;
mod kept;
mod log;
mod pruning;
mod walking;

pub use log::SqlAudit;
