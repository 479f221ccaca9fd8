//! What is said to a database; SQLite and PostgreSQL understand the same words.

use crate::row;
use palisade_apikey::{KeyId, KeyQuery, KeyRecord};
use palisade_core::UnixTime;
use sqlx::{AssertSqlSafe, Database, Encode, Type, database::HasStatementCache, query::Query};
use std::fmt::Write as _;

/// A statement and what is bound to it. Its text is made of words of this crate alone.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    text: String,
    values: Vec<Value>,
    /// Worth preparing, because it comes often.
    often: bool,
}

#[derive(Clone, Debug)]
enum Value {
    Text(Option<String>),
    Number(Option<i64>),
}

const READ: &str = "SELECT id, version, revoked, last_used, document FROM palisade_keys WHERE ";
const INSERT: &str = "INSERT INTO palisade_keys (id, version, created, owner, tenant, lineage, ends, revoked, document, last_used) VALUES ";

impl Statement {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new(), often: true }
    }

    pub(crate) fn text(&mut self, value: Option<&str>) -> &mut Self {
        self.bind(Value::Text(value.map(str::to_owned)))
    }

    pub(crate) fn number(&mut self, value: Option<i64>) -> &mut Self {
        self.bind(Value::Number(value))
    }

    fn bind(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        // Writing to a text does not fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    pub(crate) fn word(&mut self, word: &'static str) -> &mut Self {
        self.text.push_str(word);
        self
    }

    pub(crate) fn get(id: &KeyId) -> Self {
        let mut this = Self::new(READ);
        this.word("id = ").text(Some(id.as_str()));
        this
    }

    /// Reads the table, and nothing of it.
    pub(crate) fn nothing() -> Self {
        let mut this = Self::new(READ);
        this.word("FALSE");
        this
    }

    /// Adds all of them, except those whose id is taken.
    pub(crate) fn insert(records: &[KeyRecord]) -> Self {
        let mut this = Self::new(INSERT);
        this.often = records.len() == 1;
        for (nth, record) in records.iter().enumerate() {
            this.word(if nth == 0 { "(" } else { ", (" }).text(Some(record.id.as_str())).word(", ");
            this.number(version(record.version)).word(", ");
            this.fields(record, [", "; 6]).word(", ").text(Some(&row::document(record))).word(", ");
            this.number(record.last_used.map(row::time)).word(")");
        }
        this.word(" ON CONFLICT (id) DO NOTHING");
        this
    }

    /// Replaces the record, except when it was used, where it still has its version.
    pub(crate) fn update(record: &KeyRecord) -> Self {
        let read = version(record.version);
        let mut changed = record.clone();
        changed.version = record.version.saturating_add(1);
        let mut this = Self::new("UPDATE palisade_keys SET version = ");
        this.number(version(changed.version)).word(", created = ");
        let names = [", owner = ", ", tenant = ", ", lineage = ", ", ends = ", ", revoked = "];
        let [owner, tenant, lineage, ends, revoked] = names;
        this.fields(&changed, [owner, tenant, lineage, ends, revoked, ""]);
        this.word(", document = ").text(Some(&row::document(&changed)));
        this.word(" WHERE id = ").text(Some(record.id.as_str())).word(" AND version = ").number(read);
        this
    }

    /// What statements compare, with words in between.
    fn fields(&mut self, record: &KeyRecord, between: [&'static str; 6]) -> &mut Self {
        let [owner, tenant, lineage, ends, revoked, _] = between;
        self.number(Some(row::time(record.created))).word(owner).text(Some(record.owner.as_str()));
        self.word(tenant).text(record.tenant.as_ref().map(|tenant| tenant.as_str()));
        self.word(lineage).text(Some(record.lineage.as_str()));
        self.word(ends).number(record.ends().map(row::time));
        self.word(revoked).number(record.revoked.as_ref().map(|revoked| row::time(revoked.at)))
    }

    /// One row where the record has this version; `lock` keeps it so until the end of the transaction.
    pub(crate) fn has_version(id: &KeyId, read: u64, lock: &'static str) -> Self {
        let mut this = Self::new("SELECT id FROM palisade_keys WHERE id = ");
        this.text(Some(id.as_str())).word(" AND version = ").number(version(read)).word(lock);
        this
    }

    pub(crate) fn touch(id: &KeyId, at: UnixTime) -> Self {
        let at = Some(row::time(at));
        let mut this = Self::new("UPDATE palisade_keys SET last_used = ");
        this.number(at).word(" WHERE id = ").text(Some(id.as_str()));
        this.word(" AND (last_used IS NULL OR last_used < ").number(at).word(")");
        this
    }

    pub(crate) fn list(query: &KeyQuery) -> Self {
        let mut this = Self::new(READ);
        this.word("TRUE");
        match &query.tenant {
            None => {}
            Some(None) => drop(this.word(" AND tenant IS NULL")),
            Some(Some(tenant)) => drop(this.word(" AND tenant = ").text(Some(tenant.as_str()))),
        }
        if let Some(owner) = &query.owner {
            this.word(" AND owner = ").text(Some(owner.as_str()));
        }
        if let Some(lineage) = &query.lineage {
            this.word(" AND lineage = ").text(Some(lineage.as_str()));
        }
        match query.revoked {
            None => {}
            Some(true) => drop(this.word(" AND revoked IS NOT NULL")),
            Some(false) => drop(this.word(" AND revoked IS NULL")),
        }
        let before = [
            (" AND created < ", query.created_before),
            (" AND ends < ", query.ends_before),
            (" AND COALESCE(last_used, created) < ", query.unused_since),
        ];
        for (word, end) in before {
            if let Some(end) = end {
                this.word(word).number(Some(row::time(end)));
            }
        }
        if let Some(after) = query.after {
            this.word(" AND (created, id) < (").number(Some(row::time(after.created)));
            this.word(", ").text(Some(after.id.as_str())).word(")");
        }
        let one_more = i64::try_from(query.page_len()).unwrap_or(i64::MAX).saturating_add(1);
        this.word(" ORDER BY created DESC, id DESC LIMIT ").number(Some(one_more));
        this
    }

    /// The statement for one of the databases.
    pub(crate) fn query<DB: Database + HasStatementCache>(self) -> Query<'static, DB, DB::Arguments>
    where
        Option<String>: for<'q> Encode<'q, DB> + Type<DB>,
        Option<i64>: for<'q> Encode<'q, DB> + Type<DB>,
    {
        let mut query = sqlx::query(AssertSqlSafe(self.text)).persistent(self.often);
        for value in self.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            };
        }
        query
    }

    /// For tests that ask how it would be answered.
    #[cfg(test)]
    pub(crate) fn explained(mut self) -> Self {
        self.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        self
    }
}

/// Versions beyond are refused before they come here.
fn version(version: u64) -> Option<i64> {
    Some(i64::try_from(version).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a349_values_are_bound_and_never_text() {
        let owner = "x' OR 1=1; DROP TABLE palisade_keys; --";
        let mut query = KeyQuery::default();
        query.owner = Some(owner.parse().unwrap());
        let list = Statement::list(&query);
        assert!(!list.text.contains(owner), "{}", list.text);
        assert_eq!(list.text.matches('$').count(), list.values.len());
    }
}
