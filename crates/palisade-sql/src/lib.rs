#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "audit")]
mod audit;
mod backoff;
mod budget;
mod builder;
mod cells;
mod client;
#[cfg(any(feature = "jwt", feature = "audit"))]
mod dialect;
mod error;
mod failure;
#[cfg(feature = "jwt")]
mod jwt;
mod lane;
mod lent;
mod listeners;
mod operations;
mod plan;
mod postgres;
mod row;
mod schema;
mod settings;
mod shared;
mod sqlite;
mod statement;
mod step;
mod store;
mod target;
mod task;

#[cfg(feature = "audit")]
#[cfg_attr(docsrs, doc(cfg(feature = "audit")))]
pub use audit::SqlAudit;
pub use builder::SqlStoreBuilder;
pub use error::{OpenError, OpenErrorKind};
pub use store::SqlStore;

/// The guide's page compiles and asserts.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/databases.md")]
mod guide {}
