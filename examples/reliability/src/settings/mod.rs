//! What an operator may set, and what is refused before the first request is served.
//!
//! Flags win over environment variables, these over the TOML file, that over defaults. A setting that is there and wrong is a
//! mistake wherever it stands: nothing falls through to a weaker source.

mod args;
mod log_level;
mod read;
mod resolve;
mod shared;
mod written;

pub use args::Args;
pub use log_level::LogLevel;
pub use resolve::{SECRET_VARIABLE, Settings, resolve};
pub use shared::Shared;
