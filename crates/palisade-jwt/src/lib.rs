//! JSON Web Tokens.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod algorithm;
mod authenticator;
mod base64url;
mod cache;
mod claims;
mod compact;
#[cfg(feature = "axum")]
mod extract;
mod header;
mod issuer;
mod json;
mod jwk;
mod jwks;
mod jwks_policy;
#[cfg(feature = "router")]
mod jwks_route;
mod key_error;
mod key_set;
mod key_source;
#[cfg(feature = "login")]
#[cfg_attr(docsrs, doc(cfg(feature = "login")))]
pub mod login;
mod mapping;
mod recent_header;
mod rejection;
#[cfg(feature = "remote")]
#[cfg_attr(docsrs, doc(cfg(feature = "remote")))]
pub mod remote;
mod revocation;
mod roca;
mod rsa;
mod secret_strength;
mod signing;
mod store_error;
#[cfg(any(test, feature = "suite"))]
#[cfg_attr(docsrs, doc(cfg(feature = "suite")))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "its functions are tests")]
pub mod suite;
mod token_types;
mod unverified;
mod verifier;
mod verifying_key;

pub use algorithm::{Algorithm, Family};
pub use authenticator::{IssuersError, Jwt, MAX_ISSUERS, TrustedIssuer};
pub use cache::TokenCache;
pub use claims::{Claims, MAX_SUBJECT_LEN, MAX_TOKEN_ID_LEN};
pub use compact::MAX_TOKEN_LEN;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub use extract::JwtClaims;
pub use issuer::{Grant, Issuer, IssuerBuilder, IssuerError, MAX_CLAIMS_LEN, MintError, Minted};
pub use jwks::{JwksError, MAX_JWKS_LEN, Skipped};
pub use jwks_policy::JwksPolicy;
pub use key_error::KeyError;
pub use key_set::{KeySet, KeySetError, MAX_KEYS};
pub use key_source::{FixedKeys, KeySource};
pub use mapping::{Grants, InvalidPointer, MAX_ROLES, MAX_SCOPES, Mapping, Pointer, Unmapped};
pub use rejection::Rejection;
pub use revocation::{
    MemoryRevocations, REVOCATION_MARGIN, Revocation, RevocationKey, Revocations, TokenMarks,
};
pub use signing::{
    Rotation, RotationError, SecretFault, SecretKeyError, SigningKey, SigningKeyError, SigningKeys,
    SigningKeysBuilder, SigningKeysError,
};
pub use store_error::{StoreError, StoreErrorKind};
pub use token_types::TokenTypes;
pub use unverified::Unverified;
pub use verifier::{AnyAudience, ForAudience, NoAudience, Verifier, VerifierBuilder, VerifierError};
pub use verifying_key::{MAX_KEY_ID_LEN, VerifyingKey};
