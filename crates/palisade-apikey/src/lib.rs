// Its example needs the keyring.
#![cfg_attr(feature = "tokio", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "tokio"), doc = "API keys: format, records, stores and the authenticator.")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod alphabet;
mod authenticator;
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
mod cache;
#[cfg(feature = "tokio")]
mod detach;
mod digest;
mod document;
mod effective;
mod entropy;
mod format;
mod hint;
mod id;
#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
mod keyring;
mod memory;
mod random;
mod record;
#[cfg(feature = "tokio")]
mod router;
mod store;
#[cfg(any(test, feature = "suite"))]
#[cfg_attr(docsrs, doc(cfg(feature = "suite")))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "its functions are tests")]
pub mod suite;
mod text;

pub use authenticator::{ApiKeys, ForeignVerifier, KeyHeaders, KeyHeadersPass};
#[cfg(feature = "tokio")]
pub use cache::CachedStore;
pub use digest::{Comparison, InvalidDigest, KeyDigest, PepperError, Peppers, WeakKey};
pub use document::InvalidDocument;
pub use format::{FormatError, KeyFormat, MintedKey, NoKey, ParsedKey};
pub use hint::{Hint, InvalidHint};
pub use id::{InvalidKeyId, KeyId};
#[cfg(feature = "tokio")]
pub use keyring::{
    Caller, Created, DEFAULT_GRACE, KeyPatch, Keyring, KeyringError, Life, Mistake, NewKey, Revoked, Rule,
};
pub use memory::MemoryStore;
pub use palisade_core::Roles;
pub use random::{OsRandom, RandomError, RandomSource};
pub use record::{
    ForeignDigest, InvalidMetadata, InvalidProof, KeyRecord, MAX_NETWORKS, MAX_PERMISSIONS, MAX_ROLES,
    Metadata, Proof, Revocation, TooMuch, Unusable,
};
pub use store::{
    Change, Cursor, InvalidCursor, KeyListener, KeyPage, KeyQuery, KeyStore, MAX_CHANGES, MAX_PAGE,
    StoreError, StoreErrorKind,
};
pub use text::{Actor, InvalidText, KeyName, Owner, Plan, Reason, Role, Tenant, Text};
