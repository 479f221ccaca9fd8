//! The front door for axum and tower services.
#![doc = include_str!("../../../README.md")]
#![forbid(unsafe_code)]

pub mod _guide;
mod allowed_origins;
#[cfg(feature = "openapi")]
mod api_document;
#[cfg(feature = "swagger-ui")]
mod api_page;
mod auth;
mod bans;
mod beside;
#[cfg(feature = "serve")]
mod bounded_io;
#[cfg(feature = "serve")]
mod bounded_listener;
mod catch_panic;
#[cfg(feature = "config")]
#[cfg_attr(docsrs, doc(cfg(feature = "config")))]
pub mod config;
#[cfg(feature = "serve")]
mod connection_places;
mod cors;
mod cors_outside;
mod cors_switch;
mod counters;
mod declared;
mod document;
#[cfg(feature = "observe")]
mod explain_route;
mod fence;
mod follow_trace;
mod head_limit;
mod host;
mod in_flight_limit;
mod metered;
#[cfg(feature = "metrics")]
mod metrics_route;
mod outer;
mod panic;
mod protect;
mod protected;
mod rest;
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "tls")]
mod serve_tls;
#[cfg(feature = "serve")]
mod served;
mod stack;
mod stack_checks;
mod stack_error;
mod stack_limits;
#[cfg(feature = "serve")]
mod streams;
#[cfg(feature = "tls")]
mod tls;

#[cfg(feature = "openapi")]
#[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
pub use api_document::ApiDocument;
pub use auth::Auth;
#[cfg(feature = "serve")]
pub use bounded_io::BoundedIo;
#[cfg(feature = "serve")]
pub use bounded_listener::{
    ADDRESS_CONNECTIONS, BoundError, BoundedListener, CONNECTIONS, IntoBounded, WRITE_TIME,
};
pub use cors::{Cors, CorsError};
pub use declared::Declared;
#[cfg(feature = "observe")]
pub use explain_route::{VIEW_AUDIT_LOGS, explain_route};
pub use head_limit::HeadLimit;
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
pub use palisade_routes::{Description, Routes, StrictJson};
#[cfg(feature = "sql")]
pub use palisade_sql as sql;
pub use protected::{Connection, Protected, ProtectedFuture};
pub use rest::DISCARD;
#[cfg(feature = "serve")]
pub use serve::{DRAIN, HEAD_TIME, IDLE_TIME, serve, serve_until, shutdown_signal};
#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
pub use serve_tls::{HANDSHAKE_TIME, HANDSHAKES, TlsListener, serve_tls, serve_tls_until};
pub use stack::Stack;
pub use stack_error::{StackError, StackErrors};
pub use stack_limits::StackLimits;
#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
pub use tls::{ServerTls, TlsError};
