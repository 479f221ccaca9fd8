//! A secret among settings.

use super::reader::SECRET;
use palisade_core::Secret;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use std::fmt;

/// A secret among settings: never in the file of settings itself, but in a file of its own, named by `<setting>_file`, or in the
/// environment, or in a file named there.
///
/// It is shown as [`MASK`](Self::MASK), also where it is written by serde.
#[derive(Clone, Debug)]
pub struct Confidential(Secret);

impl Confidential {
    /// What is shown instead.
    pub const MASK: &str = "********";

    /// These bytes.
    #[must_use]
    pub const fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// The secret.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.0
    }

    /// The secret as text; it was read as such.
    #[must_use]
    pub fn expose(&self) -> &str {
        std::str::from_utf8(self.0.expose()).unwrap_or_default()
    }
}

/// In time that depends on neither side's content.
impl PartialEq for Confidential {
    fn eq(&self, other: &Self) -> bool {
        self.0.matches(other.0.expose())
    }
}

impl Eq for Confidential {}

impl<'de> Deserialize<'de> for Confidential {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SECRET, Words)
    }
}

struct Words;

impl<'de> Visitor<'de> for Words {
    type Value = Confidential;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a secret, as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Confidential, E> {
        if text.trim().is_empty() {
            return Err(E::custom("is empty or blank; leave it out, or set it"));
        }
        if text.trim().len() != text.len() {
            return Err(E::custom("has white space or a line end around it"));
        }
        Ok(Confidential(Secret::new(text)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Confidential, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Serialize for Confidential {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Self::MASK)
    }
}
