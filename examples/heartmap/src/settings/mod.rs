//! What an operator may set, and what is refused before the first request is served.
//!
//! Flags win over environment variables, these over the TOML file, that over defaults. A setting that is there and wrong is a
//! mistake wherever it stands: nothing falls through to a weaker source. Secrets come from the environment alone.

mod args;
mod file;
mod mistake;
mod read;
mod resolve;
mod secrets;
mod sources;

pub use args::Args;
pub use mistake::Mistake;
pub use read::{MAX_FILE_BYTES, process_variable, read_file};
pub use resolve::{Settings, resolve};
pub use secrets::Secrets;
