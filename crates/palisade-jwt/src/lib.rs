//! JSON Web Tokens.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod revocation;
mod store_error;
#[cfg(any(test, feature = "suite"))]
#[cfg_attr(docsrs, doc(cfg(feature = "suite")))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "its functions are tests")]
pub mod suite;

pub use revocation::{
    MemoryRevocations, REVOCATION_MARGIN, Revocation, RevocationKey, Revocations, TokenMarks,
};
pub use store_error::{StoreError, StoreErrorKind};
