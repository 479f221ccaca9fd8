//! Servers of this machine that a test starts on a free port of the loopback interface and ends with a value: Redis, PostgreSQL,
//! and the program under test itself.
//!
//! Each is found where Debian puts it. A machine that has none says so ([`not_run`](crate::programs::not_run)), and the test
//! returns:
//!
//! ```
//! use palisade_testing::servers::Redis;
//!
//! fn counters_outlive_a_process() {
//!     let Some(redis) = Redis::start() else { return };
//!     assert_eq!(redis.ask("SET counted 1").unwrap(), "+OK\r\n");
//!     assert_eq!(redis.ask("INCR counted").unwrap(), ":2\r\n");
//! }
//! # counters_outlive_a_process();
//! ```
//!
//! Starting waits until the server answers, and blocks its thread meanwhile, for some tenths of a second. What a server prints is
//! thrown away; its files stand in a directory of their own that goes with it.

mod answer;
mod postgres;
mod process;
mod redis;
mod send;
mod service;

pub use answer::Answer;
pub use postgres::{Postgres, PostgresOptions};
pub use process::free_port;
pub use redis::Redis;
pub use send::{flood, send};
pub use service::Service;
