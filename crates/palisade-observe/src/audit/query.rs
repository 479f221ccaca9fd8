//! Which records.

use super::record::Record;
use palisade_core::UnixTime;
use std::collections::VecDeque;

/// Which records: those that meet every condition, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditQuery {
    /// Of this act.
    pub act: Option<Box<str>>,
    /// By this actor: kind and id.
    pub actor: Option<Box<str>>,
    /// On this target: kind and id.
    pub target: Option<Box<str>>,
    /// From this time on.
    pub since: Option<UnixTime>,
    /// Before this time.
    pub until: Option<UnixTime>,
    /// Before this record, the cursor of the page before.
    pub before: Option<u64>,
    /// How many, 1 to [`MAX_AUDIT_PAGE`].
    pub limit: usize,
}

/// The most records of a page.
pub const MAX_AUDIT_PAGE: usize = 200;

impl Default for AuditQuery {
    fn default() -> Self {
        Self { act: None, actor: None, target: None, since: None, until: None, before: None, limit: 50 }
    }
}

impl AuditQuery {
    /// How many records a page has at most.
    #[must_use]
    pub fn page_len(&self) -> usize {
        self.limit.clamp(1, MAX_AUDIT_PAGE)
    }

    /// Whether a record meets every condition.
    #[must_use]
    pub fn admits(&self, record: &Record) -> bool {
        let entry = &record.entry;
        let is = |wanted: &Option<Box<str>>, is: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| is == Some(wanted))
        };
        is(&self.act, Some(&*entry.act))
            && is(&self.actor, entry.actor.as_deref())
            && is(&self.target, entry.target.as_deref())
            && self.since.is_none_or(|since| entry.time >= since)
            && self.until.is_none_or(|until| entry.time < until)
            && self.before.is_none_or(|before| record.link.sequence < before)
    }
}

/// A page of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditPage {
    /// Newest first.
    pub records: Vec<Record>,
    /// What [`AuditQuery::before`] must be for the next page; `None` where there is none.
    pub next: Option<u64>,
}

impl AuditPage {
    /// A page of what was found, newest first, one record more than the page may hold if there are more.
    #[must_use]
    pub fn of(mut records: Vec<Record>, query: &AuditQuery) -> Self {
        let more = records.len() > query.page_len();
        records.truncate(query.page_len());
        let next = records.last().filter(|_| more).map(|record| record.link.sequence);
        Self { records, next }
    }
}

/// The newest of records that come oldest first, in bounded memory.
pub(super) struct Newest<'q> {
    query: &'q AuditQuery,
    found: VecDeque<Record>,
}

impl<'q> Newest<'q> {
    pub(super) const fn new(query: &'q AuditQuery) -> Self {
        Self { query, found: VecDeque::new() }
    }

    pub(super) fn see(&mut self, record: Record) {
        if self.query.admits(&record) {
            self.found.push_back(record);
            // One more than the page holds tells that there is a next one.
            if self.found.len() > self.query.page_len() + 1 {
                self.found.pop_front();
            }
        }
    }

    pub(super) fn page(self) -> AuditPage {
        AuditPage::of(self.found.into_iter().rev().collect(), self.query)
    }
}
