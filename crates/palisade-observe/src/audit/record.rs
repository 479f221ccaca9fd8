//! A record in its place.

use super::{
    entry::Entry,
    link::{Link, unhex},
};
use serde::{Deserialize, Serialize};

/// A record in its place: its number, the entry, and the link that binds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Its place.
    pub link: Link,
    /// What it says.
    pub entry: Entry,
}

/// A record as it is stored: its bytes are what the chain binds, and they are never written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its place.
    pub link: Link,
    /// JSON on one line.
    pub body: String,
}

/// What is bound.
#[derive(Serialize, Deserialize)]
pub(super) struct Body<E> {
    sequence: u64,
    #[serde(flatten)]
    entry: E,
}

/// The longest record, in bytes.
pub const MAX_RECORD: usize = 64 * 1024;

/// The most entries of one [`AuditLog::append`](super::AuditLog::append).
pub const MAX_ENTRIES: usize = 1_024;

impl Body<Entry> {
    pub(super) fn write(sequence: u64, entry: &Entry) -> String {
        // Text and numbers alone: there is nothing in it that cannot be written.
        serde_json::to_string(&Body { sequence, entry }).unwrap_or_default()
    }
}

impl Sealed {
    /// A record as it was read, with the number that its body tells; `None` where it tells none.
    #[must_use]
    pub fn read(body: String, hash: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Numbered {
            sequence: u64,
        }
        let hash = unhex(hash)?;
        let Numbered { sequence } = serde_json::from_str(&body).ok().filter(|_| body.len() <= MAX_RECORD)?;
        Some(Self { link: Link { sequence, hash }, body })
    }

    /// What it says; `None` where it makes no sense.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        let Body { sequence, entry } = serde_json::from_str::<Body<Entry>>(&self.body).ok()?;
        (sequence == self.link.sequence).then_some(Record { link: self.link, entry })
    }

    /// As a line, without its end.
    pub(super) fn line(&self) -> String {
        format!("{{\"hash\":\"{}\",\"record\":{}}}", self.link.hex(), self.body)
    }

    pub(super) fn from_line(line: &str) -> Option<Self> {
        let (hash, body) = line.strip_prefix("{\"hash\":\"")?.split_once("\",\"record\":")?;
        Self::read(body.strip_suffix('}')?.to_owned(), hash)
    }
}
