//! Tokens of our own.

mod builder;
mod error;
mod grant;
mod mint;
mod minted;

pub use builder::IssuerBuilder;
pub use error::{IssuerError, MintError};
pub use grant::{Grant, MAX_CLAIMS_LEN};
pub use mint::Issuer;
pub use minted::Minted;
