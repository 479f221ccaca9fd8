//! An AI inference server's API, guarded by palisade.
//!
//! The model behind it is a small text generator over three bundled texts, so that the same prompt gives the
//! same answer everywhere and different prompts give different answers.

pub mod args;
pub mod banner;
pub mod data_dir;
pub mod generator;
pub mod permissions;
pub mod request;
pub mod rfc3339;
pub mod server;
