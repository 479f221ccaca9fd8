//! A published set of keys (RFC 7517 §5).

use crate::{
    json::{JsonError, Reader},
    jwk,
    jwks_policy::JwksPolicy,
    key_error::KeyError,
    key_set::{KeySet, MAX_KEYS},
    verifying_key::{VerifyingKey, is_key_id},
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// No JWK Set is longer, in bytes.
pub const MAX_JWKS_LEN: usize = 512 * 1_024;

/// A key of a JWK Set that is not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Its place in the set, from zero.
    pub index: usize,
    /// Its id, where it has one that can be shown.
    pub id: Option<Box<str>>,
    /// What is wrong with it.
    pub reason: KeyError,
}

/// Why a document is no JWK Set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// Longer than [`MAX_JWKS_LEN`].
    #[error("the document is longer than {MAX_JWKS_LEN} bytes")]
    TooLong,
    /// No JSON, or JSON that readers understand differently.
    #[error("the document is not JSON, or nests too deeply, or has two lists of keys")]
    NotJson,
    /// JSON, and not an object with an array `keys`.
    #[error("the document has no array `keys`")]
    NoKeys,
}

impl JwksError {
    /// In one word for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NotJson => "not_json",
            Self::NoKeys => "no_keys",
        }
    }
}

impl KeySet {
    /// Reads a published JWK Set of at most 512 KiB; the first 100 usable keys are taken.
    ///
    /// A key that cannot be used never spoils the others: it is named in the list, with the reason. Where two keys have one
    /// id neither is used. Shared secrets, private keys and keys for encryption are never used. The set may be empty.
    ///
    /// ```
    /// use palisade_jwt::{JwksPolicy, KeyError, KeySet};
    ///
    /// let jwks = br#"{"keys": [
    ///     {"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty": "oct", "kid": "k2", "k": "AAAA"}
    /// ]}"#;
    /// let (keys, skipped) = KeySet::from_jwks(jwks, &JwksPolicy::default())?;
    /// assert_eq!(keys.len(), 1);
    /// assert_eq!(skipped[0].reason, KeyError::Symmetric);
    /// # Ok::<(), palisade_jwt::JwksError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The document is too long, is not JSON, or has no array `keys`.
    pub fn from_jwks(document: &[u8], policy: &JwksPolicy) -> Result<(Self, Vec<Skipped>), JwksError> {
        if document.len() > MAX_JWKS_LEN {
            return Err(JwksError::TooLong);
        }
        let elements = read(document)?;
        // An id that stands twice is unusable even where one of the two keys could not be used: the next copy of the set may
        // repair that one, and the id would then mean another key.
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        elements
            .iter()
            .filter_map(|(element, _)| id(element))
            .for_each(|id| *times.entry(id).or_default() += 1);

        let (mut keys, mut skipped) = (Vec::new(), Vec::new());
        for (index, (element, malformed)) in elements.iter().enumerate() {
            match judge(element, *malformed, policy, &times, keys.len()) {
                Ok(key) => keys.push(key),
                Err(reason) if skipped.len() < MAX_KEYS => {
                    let id = id(element).filter(|id| is_key_id(id)).map(Into::into);
                    skipped.push(Skipped { index, id, reason });
                }
                // Enough was said.
                Err(_) => {}
            }
        }
        Ok((Self::of(keys), skipped))
    }
}

fn judge(
    element: &Value,
    malformed: bool,
    policy: &JwksPolicy,
    times: &BTreeMap<&str, usize>,
    taken: usize,
) -> Result<VerifyingKey, KeyError> {
    let Value::Object(members) = element else { return Err(KeyError::BadMember("(key)")) };
    if malformed {
        return Err(KeyError::BadMember("(twice)"));
    }
    if id(element).and_then(|id| times.get(id)).is_some_and(|times| *times > 1) {
        return Err(KeyError::DuplicateKeyId);
    }
    if taken >= MAX_KEYS {
        return Err(KeyError::OverLimit);
    }
    jwk::public(members, policy)
}

fn id(element: &Value) -> Option<&str> {
    element.as_object().and_then(|members: &Map<_, _>| members.get("kid")).and_then(Value::as_str)
}

/// The elements of `keys`, each with whether a member stands twice in it.
fn read(document: &[u8]) -> Result<Vec<(Value, bool)>, JwksError> {
    let refused = |_: JsonError| JwksError::NotJson;
    let mut reader = Reader::new(document).map_err(refused)?;
    if reader.peek() != Some(b'{') {
        return Err(if reader.document().is_ok() { JwksError::NoKeys } else { JwksError::NotJson });
    }
    let (mut elements, mut lists, mut other) = (Vec::new(), 0, false);
    reader
        .members(|name, reader| {
            if name != "keys" {
                return reader.value().map(drop);
            }
            lists += 1;
            if reader.peek() != Some(b'[') {
                other = true;
                return reader.value().map(drop);
            }
            reader.elements(|reader| {
                reader.duplicate = false;
                let element = reader.value()?;
                elements.push((element, reader.duplicate));
                Ok(())
            })
        })
        .and_then(|()| reader.end())
        .map_err(refused)?;
    match lists {
        1 if !other => Ok(elements),
        0 | 1 => Err(JwksError::NoKeys),
        _ => Err(JwksError::NotJson),
    }
}
