//! Routes behind a gate that identifies, asked without a server.

mod bodies;
mod guards;
mod methods;
mod mistakes;
mod mounts;
mod nesting;
mod policies;
mod server;
mod support;
