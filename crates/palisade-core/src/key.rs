//! The names of counters.

use crate::client_ip::prefix;
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use std::{
    fmt,
    hash::Hasher as _,
    net::{IpAddr, Ipv4Addr},
};

/// The name of a counter: a keyed 128-bit hash, so that it has one size, holds no personal data, and cannot be aimed at.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 16]);

impl Key {
    /// A key of these bytes, which must be a keyed hash of what is counted.
    #[must_use]
    #[inline]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Makes [`Key`]s for one purpose: SipHash-1-3-128 with a secret seed over length-prefixed fields.
#[derive(Clone)]
pub struct KeyHasher(SipHasher13);

impl KeyHasher {
    /// A hasher whose keys agree between processes that share `seed`.
    #[must_use]
    pub fn seeded(seed: &[u8; 16], purpose: &str) -> Self {
        let mut hasher = SipHasher13::new_with_key(seed);
        hasher.write_u64(purpose.len() as u64);
        hasher.write(purpose.as_bytes());
        // Whole words from here on, so that the words that follow are not taken apart.
        hasher.write(&[0; 8][..purpose.len().wrapping_neg() % 8]);
        Self(hasher)
    }

    /// A hasher with a random seed of this process.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no randomness.
    pub fn random(purpose: &str) -> Result<Self, getrandom::Error> {
        let mut seed = [0; 16];
        getrandom::fill(&mut seed)?;
        Ok(Self::seeded(&seed, purpose))
    }

    /// A key of these fields, each with its length, so that none runs into the next.
    #[must_use]
    pub fn key(&self, fields: &[&[u8]]) -> Key {
        let mut hasher = self.0;
        hasher.write_u64(fields.len() as u64 | u64::from(FIELDS) << 56);
        for field in fields {
            hasher.write_u64(field.len() as u64);
            hasher.write(field);
        }
        Key(hasher.finish128().as_bytes())
    }

    /// The key of a client's address as [`By::client`](crate::By::client) makes it: IPv6 by its /64.
    #[must_use]
    pub fn client(&self, ip: IpAddr) -> Key {
        self.address(ip, 64)
    }

    #[inline]
    pub(crate) fn field(&self, tag: u8, value: &[u8]) -> Key {
        let mut hasher = self.0;
        hasher.write_u64(value.len() as u64 | u64::from(tag) << 56);
        hasher.write(value);
        Key(hasher.finish128().as_bytes())
    }

    /// A value that is unique only within its kind.
    #[inline]
    pub(crate) fn of_kind(&self, tag: u8, kind: &str, value: &str) -> Key {
        let mut hasher = self.0;
        hasher.write_u64(kind.len() as u64 | u64::from(tag) << 56);
        hasher.write(kind.as_bytes());
        hasher.write(value.as_bytes());
        Key(hasher.finish128().as_bytes())
    }

    /// One key of several, which differ in number or in one of them.
    pub(crate) fn of_all(&self, tag: u8, keys: &[Key]) -> Key {
        let mut hasher = self.0;
        hasher.write_u64(keys.len() as u64 | u64::from(tag) << 56);
        for key in keys {
            hasher.write(&key.0);
        }
        Key(hasher.finish128().as_bytes())
    }

    #[inline]
    pub(crate) fn address(&self, ip: IpAddr, v6_prefix: u8) -> Key {
        match ip {
            IpAddr::V4(ip) => self.ipv4(ip),
            IpAddr::V6(_) => match prefix(ip, v6_prefix) {
                IpAddr::V6(network) => self.field(6, &network.octets()),
                IpAddr::V4(embedded) => self.ipv4(embedded),
            },
        }
    }

    /// An IPv4 address and its tag. Nothing else is hashed that is shorter than a word, and so nothing else has the same length;
    /// what is so short goes into the hash together with that length.
    #[inline]
    fn ipv4(&self, ip: Ipv4Addr) -> Key {
        let [a, b, c, d] = ip.octets();
        Key(self.0.hash(&[a, b, c, d, 2]).as_bytes())
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHasher([REDACTED])")
    }
}

/// Tags tell kinds of keys apart; 2 and 6 are addresses, the others are [`By`](crate::By)'s but for this one.
const FIELDS: u8 = 15;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn purposes_and_fields_do_not_run_into_one_another() {
        let a = KeyHasher::seeded(&[7; 16], "ab").field(4, b"c");
        let b = KeyHasher::seeded(&[7; 16], "a").field(4, b"bc");
        assert_ne!(a, b);
        assert_ne!(KeyHasher::seeded(&[8; 16], "ab").field(4, b"c"), a);
        let hasher = KeyHasher::seeded(&[7; 16], "p");
        assert_ne!(hasher.of_kind(3, "ab", "c"), hasher.of_kind(3, "a", "bc"));
        assert_ne!(hasher.of_all(7, &[a]), hasher.of_all(7, &[a, a]));
        let address = hasher.client([192, 0, 2, 7].into());
        assert_ne!(address, hasher.client([192, 0, 2, 8].into()));
        assert_ne!(address, hasher.field(2, &[192, 0, 2, 7]));
    }

    proptest! {
        /// Separators, NUL, braces and long values: two lists of fields have one key only when they are one list.
        #[test]
        fn a231_lists_of_fields_differ_when_they_differ(
            one in proptest::collection::vec("[a:{}\\x00\n]{0,4}", 0..4),
            two in proptest::collection::vec("[a:{}\\x00\n]{0,4}", 0..4),
        ) {
            let hasher = KeyHasher::seeded(&[7; 16], "p");
            let key = |fields: &[String]| {
                let fields: Vec<_> = fields.iter().map(String::as_bytes).collect();
                hasher.key(&fields)
            };
            prop_assert_eq!(key(&one) == key(&two), one == two);
        }
    }
}
