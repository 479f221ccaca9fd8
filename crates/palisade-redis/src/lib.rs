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
mod kept;
mod keys;
mod lease;
mod link;
mod notices;
mod rates;
#[cfg(feature = "jwt")]
#[cfg_attr(docsrs, doc(cfg(feature = "jwt")))]
mod revocations;
mod script;
mod store;
mod trust;
mod work;

pub use builder::RedisStoreBuilder;
pub use error::{BuildError, BuildErrorKind};
pub use lease::Leased;
#[cfg(feature = "jwt")]
pub use revocations::RedisRevocations;
pub use store::RedisStore;
