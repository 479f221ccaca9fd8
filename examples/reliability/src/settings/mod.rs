//! What an operator may set, and what is refused before the first request is served.
//!
//! Flags win over environment variables, these over the TOML file, that over defaults. A setting that is there and wrong is a
//! mistake wherever it stands: nothing falls through to a weaker source.

mod args;
mod file;
mod log_level;
mod mistake;
mod read;
mod resolve;
mod shared;

pub use args::Args;
pub use log_level::LogLevel;
pub use mistake::Mistake;
pub use read::{MAX_FILE_BYTES, process_variable, read_file};
pub use resolve::{SECRET_VARIABLE, Settings, resolve};
pub use shared::Shared;
