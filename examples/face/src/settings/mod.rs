//! What an operator may set, and what is refused before the first request is served.
//!
//! Flags win over environment variables, these over the TOML file, that over defaults. A setting that is there and wrong is a
//! mistake wherever it stands: nothing falls through to a weaker source.

mod args;
mod auth_mode;
mod claims;
mod issuer;
mod judge;
mod resolve;
mod written;

pub use args::Args;
pub use auth_mode::AuthMode;
pub use judge::TOKEN_VARIABLE;
pub use resolve::{Settings, resolve};
