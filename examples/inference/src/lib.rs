//! An AI inference server's API, guarded by palisade.
//!
//! The model behind it is a small text generator over bundled texts and those that are registered, so that the same prompt gives the
//! same answer everywhere and different prompts give different answers.

pub mod access_log;
pub mod accounts;
pub mod answers;
pub mod args;
pub mod audit;
pub mod banner;
mod columns;
pub mod command;
pub mod console;
pub mod data_dir;
pub mod database;
pub mod generator;
pub mod keys;
pub mod limits;
pub mod models;
pub mod numbers;
pub mod permissions;
pub mod queue;
pub mod request;
pub mod rfc3339;
pub mod routes;
pub mod secrets;
pub mod server;
pub mod service;
pub mod settings;
pub mod tuner;
pub mod tuning;
