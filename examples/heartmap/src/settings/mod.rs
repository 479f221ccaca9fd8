//! What an operator may set, and what is refused before the first request is served.
//!
//! Flags win over environment variables, these over the TOML file, that over defaults. A setting that is there and wrong is a
//! mistake wherever it stands: nothing falls through to a weaker source. Everything that `palisade::config` knows can be set too,
//! but how callers are known: `[limits]` in the file for instance, and `HEARTMAP__LIMITS__ADDRESS`.

mod args;
mod resolve;
mod secrets;
mod written;

pub use args::Args;
pub use resolve::{Settings, resolve};
pub use secrets::Secrets;
