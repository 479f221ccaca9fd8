//! JSON Web Tokens.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cache;
mod mapping;
mod revocation;
mod store_error;
#[cfg(any(test, feature = "suite"))]
#[cfg_attr(docsrs, doc(cfg(feature = "suite")))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "its functions are tests")]
pub mod suite;

pub use cache::TokenCache;
pub use mapping::{Grants, InvalidPointer, MAX_ROLES, MAX_SCOPES, Mapping, Pointer, Unmapped};
pub use revocation::{
    MemoryRevocations, REVOCATION_MARGIN, Revocation, RevocationKey, Revocations, TokenMarks,
};
pub use store_error::{StoreError, StoreErrorKind};
