//! Whether a token holds.

mod builder;
mod rules;
mod signature;
#[cfg(test)]
mod vectors;
mod verify;

pub use builder::{AnyAudience, ForAudience, NoAudience, VerifierBuilder, VerifierError};
pub use verify::Verifier;
