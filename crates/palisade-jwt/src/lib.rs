//! JSON Web Tokens.

mod mapping;

pub use mapping::{Grants, InvalidPointer, MAX_ROLES, MAX_SCOPES, Mapping, Pointer, Unmapped};
