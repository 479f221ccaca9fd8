//! What holds at one time.

use super::{error::SigningKeysError, ring::Ring};
use crate::{key_set::KeySet, verifying_key::VerifyingKey};
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

/// Keys, what verifies their signatures, and what others may know of them; replaced as a whole.
#[derive(Debug)]
pub(super) struct State {
    pub(super) ring: Ring,
    /// Of the directory, which begins with 1.
    pub(super) version: u64,
    pub(super) set: Arc<KeySet>,
    pub(super) document: Bytes,
}

impl State {
    pub(super) fn new(ring: Ring, version: u64) -> Result<Self, SigningKeysError> {
        let verifying = ring.0.iter().map(|dated| VerifyingKey::clone(dated.key.verifying()));
        let set = Arc::new(KeySet::new(verifying)?);
        let keys: Vec<Value> = ring.0.iter().filter_map(|dated| dated.key.public_jwk()).collect();
        let document = json!({ "keys": keys }).to_string().into();
        Ok(Self { ring, version, set, document })
    }
}
