//! What holds at one time.

use super::{error::SigningKeysError, ring::Ring};
use crate::{key_set::KeySet, verifying_key::VerifyingKey};
use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
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
    /// Of the document, as `ETag` (RFC 9110 §8.8.3).
    #[cfg_attr(not(feature = "router"), expect(dead_code, reason = "told by the route"))]
    pub(super) tag: Arc<str>,
}

impl State {
    pub(super) fn new(ring: Ring, version: u64) -> Result<Self, SigningKeysError> {
        let verifying = ring.0.iter().map(|dated| VerifyingKey::clone(dated.key.verifying()));
        let set = Arc::new(KeySet::new(verifying)?);
        let keys: Vec<Value> = ring.0.iter().filter_map(|dated| dated.key.public_jwk()).collect();
        let document: Bytes = json!({ "keys": keys }).to_string().into();
        let mut tag = BASE64URL_NOPAD.encode(digest(&SHA256, &document).as_ref());
        tag.truncate(22);
        Ok(Self { ring, version, set, document, tag: format!("\"{tag}\"").into() })
    }
}
