//! Which records are listed.

use crate::{
    id::KeyId,
    record::KeyRecord,
    text::{Owner, Tenant},
};
use palisade_core::UnixTime;
use std::{fmt, str::FromStr, sync::Arc};

/// The most records of one page.
pub const MAX_PAGE: usize = 100;

/// Which records are listed; all conditions must hold.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct KeyQuery {
    /// Of this tenant: `Some(None)` asks for records without one, `None` for all.
    pub tenant: Option<Option<Tenant>>,
    /// Of this owner.
    pub owner: Option<Owner>,
    /// Of this line of rotated keys.
    pub lineage: Option<KeyId>,
    /// Revoked, or not.
    pub revoked: Option<bool>,
    /// Created before.
    pub created_before: Option<UnixTime>,
    /// Ending before, by expiry or at the end of a grace period.
    pub ends_before: Option<UnixTime>,
    /// Not used since, or never and created before.
    pub unused_since: Option<UnixTime>,
    /// After this place in the order.
    pub after: Option<Cursor>,
    /// How many, 1 to [`MAX_PAGE`]; 0 counts as 1 and more as the most.
    pub limit: usize,
}

impl KeyQuery {
    /// Whether a record meets all conditions but place and number; what a store cannot say in its own language it asks here.
    #[must_use]
    pub fn admits(&self, record: &KeyRecord) -> bool {
        let before = |at: Option<UnixTime>, end: UnixTime| at.is_some_and(|at| at < end);
        self.tenant.as_ref().is_none_or(|tenant| *tenant == record.tenant)
            && self.owner.as_ref().is_none_or(|owner| *owner == record.owner)
            && self.lineage.is_none_or(|lineage| lineage == record.lineage)
            && self.revoked.is_none_or(|revoked| revoked == record.revoked.is_some())
            && self.created_before.is_none_or(|end| record.created < end)
            && self.ends_before.is_none_or(|end| before(record.ends(), end))
            && self
                .unused_since
                .is_none_or(|end| before(Some(record.last_used.unwrap_or(record.created)), end))
    }

    /// How many records the page may hold.
    #[must_use]
    pub fn page_len(&self) -> usize {
        self.limit.clamp(1, MAX_PAGE)
    }
}

/// A page of records.
#[derive(Clone, Debug, Default)]
pub struct KeyPage {
    /// The records, newest first.
    pub records: Vec<Arc<KeyRecord>>,
    /// Where the next page begins; `None` where there is none.
    pub next: Option<Cursor>,
}

/// A place in the order of records, as opaque text for clients.
///
/// ```
/// use palisade_apikey::Cursor;
///
/// let cursor: Cursor = "000000000001-4kQ9xZ0aBcDe".parse().unwrap();
/// assert_eq!(cursor.to_string(), "000000000001-4kQ9xZ0aBcDe");
/// assert!("../etc/passwd".parse::<Cursor>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// The last record's date.
    pub created: UnixTime,
    /// The last record's id.
    pub id: KeyId,
}

impl Cursor {
    /// The place of this record.
    #[must_use]
    pub const fn of(record: &KeyRecord) -> Self {
        Self { created: record.created, id: record.id }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}-{}", self.created.as_nanos(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let parts = text.split_once('-').filter(|(created, _)| (12..=16).contains(&created.len()));
        let (created, id) = parts.ok_or(InvalidCursor(()))?;
        if !created.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(InvalidCursor(()));
        }
        let created = u64::from_str_radix(created, 16).map_err(|_| InvalidCursor(()))?;
        let id = id.parse().map_err(|_| InvalidCursor(()))?;
        Ok(Self { created: UnixTime::from_nanos(created), id })
    }
}

/// The text is no place in a list.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a cursor is what an earlier page said as its next")]
pub struct InvalidCursor(());
