//! A key that was just made.

use crate::{format::MintedKey, record::KeyRecord};
use std::sync::Arc;

/// A key that was just made, and its record.
#[derive(Clone, Debug)]
pub struct Created {
    /// The key; nobody can be told it again.
    pub key: MintedKey,
    /// Its record.
    pub record: Arc<KeyRecord>,
    /// Whether this is the answer to an earlier call with the same idempotency key.
    pub replayed: bool,
}
