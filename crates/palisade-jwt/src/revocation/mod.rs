//! Tokens that are void before they expire.

mod key;
mod marks;
mod memory;
mod port;
mod void;

pub use key::RevocationKey;
pub use marks::TokenMarks;
pub use memory::MemoryRevocations;
pub use port::Revocations;
pub use void::{REVOCATION_MARGIN, Revocation};
