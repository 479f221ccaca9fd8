//! Who is counted.

use crate::{
    client_ip::prefix,
    denial::{Denial, DenialKind},
    facts::Facts,
};
use http::{HeaderName, request};
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

    #[inline]
    fn field(&self, tag: u8, value: &[u8]) -> Key {
        let mut hasher = self.0;
        hasher.write_u64(value.len() as u64 | u64::from(tag) << 56);
        hasher.write(value);
        Key(hasher.finish128().as_bytes())
    }

    /// An IPv4 address: length, tag and value in one word.
    #[inline]
    fn ipv4(&self, ip: Ipv4Addr) -> Key {
        let mut hasher = self.0;
        hasher.write_u64(u64::from(ip.to_bits()) | 4 << 32 | 2 << 56);
        Key(hasher.finish128().as_bytes())
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHasher([REDACTED])")
    }
}

/// What a limit counts by.
///
/// A part that is missing (no principal, no such header) follows a declared policy; the default refuses with 503, because a
/// limit that cannot count cannot decide.
///
/// ```
/// use palisade_core::By;
///
/// let by = By::principal().or(By::client());
/// # let _ = by;
/// ```
#[derive(Clone, Debug)]
pub struct By {
    part: Part,
    missing: Missing,
}

#[derive(Clone, Debug)]
enum Part {
    Client { v6_prefix: u8 },
    Principal,
    Header(HeaderName),
    Everyone,
}

#[derive(Clone, Debug)]
enum Missing {
    Deny,
    Shared,
    Exempt,
    Else(Box<By>),
}

impl By {
    /// The client's address; IPv6 by its /64, because one subscriber has at least that many addresses.
    #[must_use]
    pub const fn client() -> Self {
        Self::part(Part::Client { v6_prefix: 64 })
    }

    /// The client's address with IPv6 grouped by `bits`, from 32 to 128.
    #[must_use]
    pub fn client_prefix(bits: u8) -> Self {
        Self::part(Part::Client { v6_prefix: bits.clamp(32, 128) })
    }

    /// The verified caller: never what a request merely claims.
    #[must_use]
    pub const fn principal() -> Self {
        Self::part(Part::Principal)
    }

    /// The value of a header that something trusted in front sets.
    #[must_use]
    pub const fn header(name: HeaderName) -> Self {
        Self::part(Part::Header(name))
    }

    /// One counter for all requests.
    #[must_use]
    pub const fn everyone() -> Self {
        Self::part(Part::Everyone)
    }

    const fn part(part: Part) -> Self {
        Self { part, missing: Missing::Deny }
    }

    /// Where the part is missing, counts by this instead.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.missing = Missing::Else(Box::new(other));
        self
    }

    /// Where the part is missing, counts all such requests together.
    #[must_use]
    pub fn or_shared(mut self) -> Self {
        self.missing = Missing::Shared;
        self
    }

    /// Where the part is missing, does not count.
    #[must_use]
    pub fn or_exempt(mut self) -> Self {
        self.missing = Missing::Exempt;
        self
    }

    /// The counter of this request; `None` where it is exempt.
    ///
    /// # Errors
    ///
    /// 503 where the part is missing and nothing else was declared.
    #[inline]
    pub fn key(
        &self,
        head: &request::Parts,
        facts: &Facts,
        hasher: &KeyHasher,
    ) -> Result<Option<Key>, Denial> {
        match &self.part {
            Part::Client { v6_prefix } => {
                if let Some(client) = facts.client() {
                    return Ok(Some(address(client.ip, *v6_prefix, hasher)));
                }
            }
            Part::Principal => {
                if let Some(principal) = facts.identity().and_then(crate::Identity::principal) {
                    let mut hasher = hasher.0;
                    hasher.write_u64(principal.kind().len() as u64 | PRINCIPAL);
                    hasher.write(principal.kind().as_bytes());
                    hasher.write(principal.id().as_bytes());
                    return Ok(Some(Key(hasher.finish128().as_bytes())));
                }
            }
            Part::Header(name) => {
                if let Some(value) = head.headers.get(name) {
                    return Ok(Some(hasher.field(4, value.as_bytes())));
                }
            }
            Part::Everyone => return Ok(Some(hasher.field(1, b""))),
        }
        match &self.missing {
            Missing::Else(other) => other.key(head, facts, hasher),
            Missing::Shared => Ok(Some(hasher.field(5, b""))),
            Missing::Exempt => Ok(None),
            Missing::Deny => Err(self.cannot_count()),
        }
    }

    fn cannot_count(&self) -> Denial {
        tracing::error!(
            target: "palisade::setup",
            by = ?self.part,
            "a limit cannot count this request: put what it counts by outside of it (`ClientIp`, `Authenticate`), or \
             declare `.or(…)`, `.or_shared()` or `.or_exempt()`"
        );
        Denial::new(DenialKind::Unavailable)
            .because("limit_key_missing")
            .with_details(serde_json::json!({ "kind": "limiter_unavailable" }))
    }
}

const PRINCIPAL: u64 = 3 << 56;

#[inline]
fn address(ip: IpAddr, v6_prefix: u8, hasher: &KeyHasher) -> Key {
    match ip {
        IpAddr::V4(ip) => hasher.ipv4(ip),
        IpAddr::V6(_) => match prefix(ip, v6_prefix) {
            IpAddr::V6(network) => hasher.field(6, &network.octets()),
            IpAddr::V4(embedded) => hasher.ipv4(embedded),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, facts::Client};
    use http::Request;

    fn key(by: &By, ip: &str) -> Key {
        let facts = Facts::new(Clock::system());
        facts.note_client(Client { peer: None, ip: ip.parse().unwrap() });
        let (head, ()) = Request::new(()).into_parts();
        by.key(&head, &facts, &KeyHasher::seeded(&[7; 16], "test")).unwrap().unwrap()
    }

    #[test]
    fn a188_one_ipv6_subscriber_is_one_key() {
        let by = By::client();
        assert_eq!(key(&by, "2001:db8:1:2::1"), key(&by, "2001:db8:1:2:ffff::9"));
        assert_ne!(key(&by, "2001:db8:1:2::1"), key(&by, "2001:db8:1:3::1"));
        let exact = By::client_prefix(128);
        assert_ne!(key(&exact, "2001:db8::1"), key(&exact, "2001:db8::2"));
        assert_ne!(key(&by, "192.0.2.1"), key(&by, "192.0.2.2"));
    }

    #[test]
    fn a_missing_part_follows_what_was_declared() {
        let facts = Facts::new(Clock::system());
        let (head, ()) = Request::new(()).into_parts();
        let hasher = KeyHasher::seeded(&[7; 16], "test");
        let refused = By::principal().key(&head, &facts, &hasher).unwrap_err();
        assert_eq!(refused.kind().status(), 503);
        assert!(By::principal().or_exempt().key(&head, &facts, &hasher).unwrap().is_none());
        let shared = By::principal().or_shared().key(&head, &facts, &hasher).unwrap();
        assert_eq!(shared, By::client().or_shared().key(&head, &facts, &hasher).unwrap());
        assert_eq!(
            By::principal().or(By::everyone()).key(&head, &facts, &hasher).unwrap(),
            By::everyone().key(&head, &facts, &hasher).unwrap()
        );
    }

    #[test]
    fn purposes_and_fields_do_not_run_into_one_another() {
        let a = KeyHasher::seeded(&[7; 16], "ab").field(4, b"c");
        let b = KeyHasher::seeded(&[7; 16], "a").field(4, b"bc");
        assert_ne!(a, b);
        assert_ne!(KeyHasher::seeded(&[8; 16], "ab").field(4, b"c"), a);
    }
}
