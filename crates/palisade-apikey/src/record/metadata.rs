//! What the application wants to remember of a key.

use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// A JSON object of at most 10 KiB and eight levels, which this crate keeps and never reads; cheap to clone.
///
/// ```
/// use palisade_apikey::Metadata;
///
/// let metadata = Metadata::new(serde_json::json!({ "team": "search" })).unwrap();
/// assert_eq!(metadata.get("team").unwrap(), "search");
/// assert!(Metadata::new(serde_json::json!("a text")).is_err());
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Metadata(Option<Arc<Map<String, Value>>>);

impl Metadata {
    /// The most bytes, written as JSON.
    pub const MAX_BYTES: usize = 10 * 1024;
    const MAX_DEPTH: usize = 8;

    /// Keeps this object.
    ///
    /// # Errors
    ///
    /// Where it is no object, or holds too much.
    pub fn new(value: Value) -> Result<Self, InvalidMetadata> {
        let fits = depth(&value) <= Self::MAX_DEPTH && value.to_string().len() <= Self::MAX_BYTES;
        match value {
            Value::Object(map) if map.is_empty() => Ok(Self(None)),
            Value::Object(map) if fits => Ok(Self(Some(Arc::new(map)))),
            _ => Err(InvalidMetadata(())),
        }
    }

    /// The value of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.get(name)
    }

    /// The whole object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.as_ref().map(|map| Map::clone(map)).unwrap_or_default())
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

/// Not shown: it may hold anything.
impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metadata({} members)", self.0.as_ref().map_or(0, |map| map.len()))
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// It is no object, or holds too much.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("metadata is a JSON object of at most 10240 bytes and eight levels")]
pub struct InvalidMetadata(());
