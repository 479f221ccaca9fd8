//! The front door for axum and tower services.
#![doc = include_str!("../../../README.md")]
#![forbid(unsafe_code)]

pub mod _guide;
mod auth;
mod beside;
#[cfg(feature = "config")]
#[cfg_attr(docsrs, doc(cfg(feature = "config")))]
pub mod config;
mod cors;
mod cors_switch;
mod counters;
mod declared;
#[cfg(feature = "observe")]
mod explain_route;
mod fence;
mod head_limit;
mod in_flight_limit;
mod metered;
#[cfg(feature = "metrics")]
mod metrics_route;
mod misplaced;
mod name_request;
mod outer;
mod panic;
mod protected;
#[cfg(feature = "serve")]
mod serve;
mod stack;
mod stack_error;
mod stack_limits;

pub use auth::Auth;
pub use cors::{Cors, CorsError};
pub use declared::Declared;
#[cfg(feature = "observe")]
pub use explain_route::{VIEW_AUDIT_LOGS, explain_route};
pub use in_flight_limit::InFlightLimit;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use metrics_route::{READ_METRICS, metrics_route};
#[cfg(feature = "api-keys")]
pub use palisade_apikey as keys;
pub use palisade_core::*;
#[cfg(feature = "jwt")]
#[cfg_attr(docsrs, doc(cfg(feature = "jwt")))]
pub use palisade_jwt as jwt;
pub use palisade_limit as limit;
pub use palisade_limit::{Concurrency, Overload, Quota, RateLimit, breaker::Breaker};
#[cfg(feature = "observe")]
pub use palisade_observe as observe;
#[cfg(feature = "observe")]
pub use palisade_observe::AccessLog;
#[cfg(feature = "redis")]
pub use palisade_redis as redis;
pub use palisade_routes as routes;
pub use palisade_routes::{Routes, StrictJson};
#[cfg(feature = "sql")]
pub use palisade_sql as sql;
pub use protected::{Connection, Protected, ProtectedFuture};
#[cfg(feature = "serve")]
pub use serve::{DRAIN, HEAD_TIME, serve, serve_until, shutdown_signal};
pub use stack::Stack;
pub use stack_error::{StackError, StackErrors};
pub use stack_limits::StackLimits;
