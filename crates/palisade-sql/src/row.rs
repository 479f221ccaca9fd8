//! A record as a row.

use crate::{cells::Cells, failure::Failure};
use palisade_apikey::{Cursor, KeyPage, KeyQuery, KeyRecord};
use palisade_core::UnixTime;
use std::sync::Arc;

/// The longest text that is bound to a statement, in bytes; every other text of a record is shorter by its type.
pub(crate) const MAX_DOCUMENT: usize = 64 * 1_024;

/// What is read of a row. The document holds the whole record; the columns are what statements compare.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) revoked: Option<i64>,
    pub(crate) last_used: Option<i64>,
    pub(crate) document: String,
}

/// As SQL counts: 63 bits of nanoseconds reach to the year 2262, and everything later is as late as that.
pub(crate) fn time(at: UnixTime) -> i64 {
    i64::try_from(at.as_nanos()).unwrap_or(i64::MAX)
}

pub(crate) fn document(record: &KeyRecord) -> String {
    record.to_document().to_string()
}

/// Whether a record can be kept so that nothing of it is lost, and found where it belongs.
pub(crate) fn fits(record: &KeyRecord) -> bool {
    let countable = record.version < i64::MAX as u64 && i64::try_from(record.created.as_nanos()).is_ok();
    countable && document(record).len() <= MAX_DOCUMENT
}

impl Row {
    pub(crate) fn of(mut cells: Cells) -> Result<Self, Failure> {
        Ok(Self {
            id: cells.text()?,
            version: cells.number()?,
            revoked: cells.some_number()?,
            last_used: cells.some_number()?,
            document: cells.text()?,
        })
    }

    /// The record, where columns and document agree.
    pub(crate) fn into_record(self) -> Result<KeyRecord, Failure> {
        if self.document.len() > MAX_DOCUMENT {
            return Err(Failure::Corrupt("document"));
        }
        let document = serde_json::from_str(&self.document).map_err(|_| Failure::Corrupt("document"))?;
        let mut record = KeyRecord::from_document(document).map_err(|_| Failure::Corrupt("document"))?;
        if record.id.as_str() != self.id {
            return Err(Failure::Corrupt("id"));
        }
        if u64::try_from(self.version) != Ok(record.version) {
            return Err(Failure::Corrupt("version"));
        }
        // Whoever marks a row as revoked by hand gets a key that is refused, and no more.
        if self.revoked != record.revoked.as_ref().map(|revoked| time(revoked.at)) {
            return Err(Failure::Corrupt("revoked"));
        }
        let last_used = self.last_used.map(u64::try_from).transpose();
        record.last_used = last_used.map_err(|_| Failure::Corrupt("last_used"))?.map(UnixTime::from_nanos);
        Ok(record)
    }
}

/// One row more than the page may hold tells that there is a next one.
pub(crate) fn page(rows: Vec<Cells>, query: &KeyQuery) -> Result<KeyPage, Failure> {
    let more = rows.len() > query.page_len();
    let rows = rows.into_iter().take(query.page_len());
    let records: Vec<_> =
        rows.map(|row| Row::of(row)?.into_record().map(Arc::new)).collect::<Result<_, _>>()?;
    let next = records.last().filter(|_| more).map(|record| Cursor::of(record));
    Ok(KeyPage { records, next })
}
