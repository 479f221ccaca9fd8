#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod backoff;
mod builder;
mod call;
mod connection;
mod counted;
mod error;
mod failure;
mod health;
mod keeper;
mod keys;
mod lease;
mod link;
mod notices;
mod script;
mod store;
mod trust;

pub use builder::RedisStoreBuilder;
pub use error::{BuildError, BuildErrorKind};
pub use lease::Leased;
pub use store::RedisStore;
