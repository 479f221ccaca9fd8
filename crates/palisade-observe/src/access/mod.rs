//! The access log.

mod builder;
mod inner;
mod log;
mod queue;
mod record;
mod sample;
mod self_test;
mod sink;
mod stamp;
mod witness;

pub use builder::{AccessLogBuilder, AccessLogError};
pub use log::AccessLog;
