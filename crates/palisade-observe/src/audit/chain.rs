//! What binds a record to those before it.

use super::{
    entry::Entry,
    error::{AuditError, AuditErrorKind},
    link::{Link, unhex},
    record::{Body, MAX_ENTRIES, MAX_RECORD, Sealed},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use palisade_core::Secret;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What binds a record to those before it: SHA-256, or HMAC-SHA-256 under a key (RFC 2104), so that whoever can write the store
/// cannot make a chain that holds.
///
/// A chain without a key tells accidents, and edits by those who do not know how it is made. Only with a key, which the store's
/// writers do not have, does it tell on them; and only with a [`Link`] that was noted elsewhere is it told that an older copy of
/// the whole log was put back.
#[derive(Clone)]
pub struct Chain(Option<Hmac<Sha256>>);

/// The key of a chain is shorter than 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key of an audit chain is shorter than 16 bytes: make one with `openssl rand -hex 32`")]
pub struct ShortChainKey;

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The log reaches at least to here.
    Head,
    /// The log begins after here: what was before was pruned.
    Anchor,
}

const RECORD: &[u8] = b"palisade audit record 1";

impl Mark {
    const fn domain(self) -> &'static [u8] {
        match self {
            Self::Head => b"palisade audit head 1",
            Self::Anchor => b"palisade audit anchor 1",
        }
    }
}

impl Chain {
    /// Without a key.
    #[must_use]
    pub const fn plain() -> Self {
        Self(None)
    }

    /// Under a key of at least 16 bytes.
    ///
    /// # Errors
    ///
    /// A shorter key.
    pub fn keyed(key: &Secret) -> Result<Self, ShortChainKey> {
        if key.expose().len() < 16 {
            return Err(ShortChainKey);
        }
        Hmac::new_from_slice(key.expose()).map(|mac| Self(Some(mac))).map_err(|_| ShortChainKey)
    }

    /// Whether there is a key.
    #[must_use]
    pub const fn is_keyed(&self) -> bool {
        self.0.is_some()
    }

    /// The record that follows.
    #[must_use]
    pub fn seal(&self, previous: &Link, entry: &Entry) -> Sealed {
        let sequence = previous.sequence.saturating_add(1);
        let body = Body::write(sequence, entry);
        let hash = self.link(previous, &body).hash;
        Sealed { link: Link { sequence, hash }, body }
    }

    /// The records that follow, all or none.
    ///
    /// # Errors
    ///
    /// `Invalid` where there are too many, or one is too long.
    pub fn seal_all(&self, mut head: Link, entries: &[Entry]) -> Result<Vec<Sealed>, AuditError> {
        if entries.len() > MAX_ENTRIES {
            return Err(AuditErrorKind::Invalid.into());
        }
        let seal = |entry| {
            let sealed = self.seal(&head, entry);
            head = sealed.link;
            if sealed.body.len() > MAX_RECORD { Err(AuditErrorKind::Invalid.into()) } else { Ok(sealed) }
        };
        entries.iter().map(seal).collect()
    }

    /// The link of a record with this body that follows.
    #[must_use]
    pub fn link(&self, previous: &Link, body: &str) -> Link {
        let sequence = previous.sequence.saturating_add(1);
        // The parts before the body have one length each, so that no two records read the same.
        let hash = self.hash(&[RECORD, &previous.hash, &sequence.to_be_bytes(), body.as_bytes()]);
        Link { sequence, hash }
    }

    /// A link as a mark that only the chain can make: number, hash and seal.
    #[must_use]
    pub fn mark(&self, mark: Mark, link: &Link) -> String {
        let seal = self.hash(&[mark.domain(), &link.hash, &link.sequence.to_be_bytes()]);
        format!("{} {} {}", link.sequence, link.hex(), Link { sequence: 0, hash: seal }.hex())
    }

    /// The link in a mark; `None` where the mark was not made by this chain.
    #[must_use]
    pub fn unmark(&self, mark: Mark, text: &str) -> Option<Link> {
        let mut parts = text.split(' ');
        let (sequence, hash) = (parts.next()?.parse().ok()?, unhex(parts.next()?)?);
        let link = Link { sequence, hash };
        // Whether it is the same is no secret of anybody who sees both.
        (self.mark(mark, &link) == text).then_some(link)
    }

    fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        match &self.0 {
            None => {
                let mut hash = Sha256::new();
                parts.iter().for_each(|part| hash.update(part));
                hash.finalize().into()
            }
            Some(mac) => {
                let mut mac = mac.clone();
                parts.iter().for_each(|part| mac.update(part));
                mac.finalize().into_bytes().into()
            }
        }
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("keyed", &self.is_keyed()).finish()
    }
}
