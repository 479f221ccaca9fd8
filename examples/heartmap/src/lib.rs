//! An analysis of uploaded `.h5ad` files behind roles, with settings that change while it runs.
//!
//! [`h5ad`] reads files without trusting them, [`analysis`] is what is told of them, [`pool`] is where that happens, [`results`] keeps it for a
//! while, [`parameters`] can be changed over HTTP, [`access`] says who may do what, [`settings`] refuses what is unsafe, [`server`] is the
//! HTTP side.

pub mod access;
pub mod analysis;
pub mod banner;
mod describe;
pub mod h5ad;
pub mod parameters;
pub mod pool;
pub mod results;
pub mod server;
pub mod settings;
