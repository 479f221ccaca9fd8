//! Where the token comes from, and what is refused before the first request is served.
//!
//! The sources, strongest first: `--auth-bearer-token`, `--auth-bearer-token-file`, the variable
//! `DEEPAAS_AUTH_BEARER_TOKEN`, the file named by `DEEPAAS_AUTH_BEARER_TOKEN_FILE`, and `auth_bearer_token` in the
//! `[DEFAULT]` section of the INI file. The strongest source that is set wins, and if it is broken the server does
//! not start: it never falls through to a weaker one. A value is judged only where it wins; a named file must be
//! readable, and an INI file must parse, even where they lose.
//!
//! The token then stands over what the environment says of the rest of the stack, as `palisade::config` reads it.

mod args;
mod choice;
mod error;
mod ini_file;
mod origin;
mod read;
mod redacted;
mod resolve;
mod stack;
mod token;

pub use args::Args;
pub use choice::{TokenChoice, Warning};
pub use error::SettingsError;
pub use origin::Origin;
pub use read::{MAX_FILE_BYTES, process_variable, read_file};
pub use redacted::Redacted;
pub use resolve::{CONFIG_FILE_VARIABLE, TOKEN_FILE_VARIABLE, TOKEN_VARIABLE, resolve};
pub use stack::stack;
pub use token::Token;
