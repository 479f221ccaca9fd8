//! The names of counters in Redis.

use crate::error::{BuildError, BuildErrorKind};
use palisade_core::Key;
use palisade_limit::{Charge, Quota};
use std::fmt::Write as _;

/// Makes `rl:{<key>}:<quota>` and `rl:{<key>}:<quota>:block`.
///
/// The braces are a hash tag: a cluster looks only at what is between them, so all quotas of one key live on one node and
/// can be decided in one step. Key and quota are hashes in hexadecimal, so nothing that a stranger sends can put a brace, a colon or
/// a newline into a name.
#[derive(Debug)]
pub(crate) struct Keys {
    prefix: Prefix,
    one_slot: bool,
}

/// What all names begin with: nothing in it can move a key to another node of a cluster.
#[derive(Debug)]
pub(crate) struct Prefix(String);

const LONGEST: usize = 32;
const EVERYTHING: &str = "all";

impl Prefix {
    pub(crate) fn new(prefix: &str) -> Result<Self, BuildError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.".contains(&byte);
        if prefix.len() > LONGEST || !prefix.bytes().all(fits) {
            return Err(BuildErrorKind::Prefix.into());
        }
        Ok(Self(prefix.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Keys {
    pub(crate) fn new(prefix: &str, one_slot: bool) -> Result<Self, BuildError> {
        Ok(Self { prefix: Prefix::new(prefix)?, one_slot })
    }

    pub(crate) fn counter(&self, key: &Key, quota: &Quota) -> String {
        let mut name = String::with_capacity(self.prefix.as_str().len() + 64);
        name.push_str(self.prefix.as_str());
        if self.one_slot {
            name.push('{');
            name.push_str(EVERYTHING);
            name.push_str("}:");
            hex(&mut name, key);
        } else {
            name.push('{');
            hex(&mut name, key);
            name.push('}');
        }
        let _ = write!(name, ":{:016x}", quota.identity());
        name
    }

    pub(crate) fn block(&self, key: &Key, quota: &Quota) -> String {
        let mut name = self.counter(key, quota);
        name.push_str(":block");
        name
    }

    /// Whether these counters all live in one slot of a cluster.
    pub(crate) fn share_a_slot(&self, charges: &[Charge<'_>]) -> bool {
        self.one_slot || charges.windows(2).all(|pair| matches!(pair, [a, b] if a.key == b.key))
    }
}

fn hex(into: &mut String, key: &Key) {
    for byte in key.as_bytes() {
        let _ = write!(into, "{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_limit::quota;

    #[test]
    fn a231_names_have_one_shape_whatever_is_counted() {
        let keys = Keys::new("rl:", false).unwrap();
        let quota = quota!("5/minute");
        let name = keys.counter(&Key::from_bytes(*b"{}:\n\0{}:\n\0{}:\n\0a"), &quota);
        assert_eq!(name, format!("rl:{{7b7d3a0a007b7d3a0a007b7d3a0a0061}}:{:016x}", quota.identity()));
        assert_eq!(keys.block(&Key::from_bytes([0; 16]), &quota).matches(['{', '}']).count(), 2);
        let one = Keys::new("", true).unwrap().counter(&Key::from_bytes([1; 16]), &quota);
        assert!(one.starts_with("{all}:0101"));
    }

    #[test]
    fn prefixes_cannot_move_a_counter() {
        for prefix in ["{", "rl}", "a b", "a\n", "ü", &"a".repeat(33)] {
            assert_eq!(Keys::new(prefix, false).unwrap_err().kind(), BuildErrorKind::Prefix, "{prefix:?}");
        }
    }
}
