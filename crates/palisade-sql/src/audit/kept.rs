//! A record as a row.

use crate::{cells::Cells, failure::Failure, row, statement::Statement};
use palisade_core::{CredentialDigest, UnixTime};
use palisade_observe::audit::{AuditPage, AuditQuery, Entry, Record, Sealed};
use std::borrow::Cow;

/// A record as a row: what is bound, and beside it what statements compare.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) sequence: i64,
    time: i64,
    pub(super) act: String,
    actor: Option<String>,
    target: Option<String>,
    hash: String,
    pub(super) record: String,
}

/// The longest text of an index, in bytes.
const INDEXED: usize = 512;
/// Columns, in the order in which they are read.
pub(super) const COLUMNS: &str = "SELECT sequence, time, act, actor, target, hash, record FROM palisade_audit WHERE sequence > 0 AND sequence ";
/// The same, where another index is meant.
const UNORDERED: &str = "SELECT sequence, time, act, actor, target, hash, record FROM palisade_audit WHERE +sequence > 0 AND +sequence ";
/// A day, in nanoseconds.
const SHORT: u64 = 86_400_000_000_000;

/// A text as an index takes it: what is long, or cannot be a text of PostgreSQL, by its digest.
fn indexed(text: &str) -> Cow<'_, str> {
    if text.len() <= INDEXED && !text.contains('\0') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("sha256:{}", CredentialDigest::of(text.as_bytes()).to_hex()))
}

/// As it is written: in milliseconds.
fn moment(at: UnixTime) -> i64 {
    row::time(UnixTime::from_nanos(at.as_nanos() / 1_000_000 * 1_000_000))
}

fn number(sequence: u64) -> Option<i64> {
    Some(i64::try_from(sequence).unwrap_or(i64::MAX))
}

impl Kept {
    pub(super) fn of(mut cells: Cells) -> Result<Self, Failure> {
        Ok(Self {
            sequence: cells.number()?,
            time: cells.number()?,
            act: cells.text()?,
            actor: cells.some_text()?,
            target: cells.some_text()?,
            hash: cells.text()?,
            record: cells.text()?,
        })
    }

    /// As it stands in its chain; nothing where it cannot be read.
    pub(super) fn sealed(&self) -> Option<Sealed> {
        Sealed::read(self.record.clone(), &self.hash)
    }

    /// Whether the columns say what the record says: one whose do not is not found where it belongs.
    pub(super) fn agrees_with(&self, record: &Record) -> bool {
        let entry = &record.entry;
        let same = |column: &Option<String>, text: &Option<Box<str>>| {
            column.as_deref() == text.as_deref().map(indexed).as_deref()
        };
        number(record.link.sequence) == Some(self.sequence)
            && self.time == moment(entry.time)
            && self.act == indexed(&entry.act)
            && same(&self.actor, &entry.actor)
            && same(&self.target, &entry.target)
    }

    /// One row more than the page may hold tells that there is a next one.
    pub(super) fn page(rows: Vec<Cells>, query: &AuditQuery) -> Result<AuditPage, Failure> {
        let more = rows.len() > query.page_len();
        let rows: Vec<Self> =
            rows.into_iter().take(query.page_len()).map(Self::of).collect::<Result<_, _>>()?;
        let mut page = AuditPage::default();
        page.next = rows.last().filter(|_| more).and_then(|row| u64::try_from(row.sequence).ok());
        // What is not what was written is left out here, and named where the chain is looked through.
        let record = |row: &Self| {
            let record = row.sealed()?.record()?;
            (row.agrees_with(&record) && query.admits(&record)).then_some(record)
        };
        page.records = rows.iter().filter_map(record).collect();
        Ok(page)
    }
}

impl Statement {
    pub(super) fn append_audit(records: &[(Sealed, &Entry)]) -> Self {
        let mut this = Self::new(
            "INSERT INTO palisade_audit (sequence, time, act, actor, target, hash, record) VALUES ",
        );
        for (nth, (sealed, entry)) in records.iter().enumerate() {
            this.word(if nth == 0 { "(" } else { ", (" }).number(number(sealed.link.sequence));
            this.word(", ").number(Some(moment(entry.time))).word(", ").text(Some(&indexed(&entry.act)));
            for text in [&entry.actor, &entry.target] {
                this.word(", ").text(text.as_deref().map(indexed).as_deref());
            }
            this.word(", ").text(Some(&sealed.link.hex())).word(", ").text(Some(&sealed.body)).word(")");
        }
        this.word(" ON CONFLICT (sequence) DO NOTHING");
        this
    }

    pub(super) fn audit_page(query: &AuditQuery) -> Self {
        // A window that is short is found by the index of times, and everything else from the newest back by number. A sign keeps an
        // index unused.
        let is_short =
            query.since.zip(query.until).is_some_and(|(since, until)| until < since.plus_nanos(SHORT));
        let (columns, since, until) = match is_short {
            true => (UNORDERED, " AND time >= ", " AND time < "),
            false => (COLUMNS, " AND +time >= ", " AND +time < "),
        };
        let mut this = Self::new(columns);
        this.word("< ").number(number(query.before.unwrap_or(u64::MAX)));
        let texts =
            [(" AND act = ", &query.act), (" AND actor = ", &query.actor), (" AND target = ", &query.target)];
        for (word, text) in texts {
            if let Some(text) = text {
                this.word(word).text(Some(&indexed(text)));
            }
        }
        for (word, time) in [(since, query.since), (until, query.until)] {
            if let Some(time) = time {
                this.word(word).number(Some(row::time(time)));
            }
        }
        let one_more = i64::try_from(query.page_len()).unwrap_or(i64::MAX).saturating_add(1);
        this.word(" ORDER BY sequence DESC LIMIT ").number(Some(one_more));
        this
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a349_what_is_long_is_kept_by_its_digest() {
        let check = |text: &str, same: bool| {
            let found = indexed(text);
            assert_eq!(found == text, same, "{found}");
            assert!(found.len() <= INDEXED && !found.contains('\0'));
        };
        check("", true);
        check("user:1'; DROP TABLE palisade_audit; --", true);
        check(&"x".repeat(INDEXED), true);
        check(&"x".repeat(INDEXED + 1), false);
        check(&"ü".repeat(INDEXED), false);
        check("a\0b", false);
    }
}
