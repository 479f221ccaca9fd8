//! What a list of changes comes to.

use crate::{failure::Failure, row, statement::Statement, step::Step};
use palisade_apikey::{Change, KeyId, KeyRecord, MAX_CHANGES};

/// Changes that keep the bounds, in the order of ids: two writers then never wait for each other in a circle.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) inserts: Vec<KeyRecord>,
    /// Updates, and records that must stay as they are.
    pub(crate) others: Vec<Change>,
}

impl Plan {
    pub(crate) fn of(mut changes: Vec<Change>) -> Result<Self, Failure> {
        changes.sort_by_key(Change::id);
        let twice = changes.windows(2).any(|pair| matches!(pair, [one, other] if one.id() == other.id()));
        if changes.len() > MAX_CHANGES || twice {
            return Err(Failure::Invalid);
        }
        let mut plan = Self { inserts: Vec::new(), others: Vec::new() };
        for change in changes {
            if let Change::Insert(record) | Change::Update(record) = &change
                && (record.check().is_err() || !row::fits(record))
            {
                return Err(Failure::Invalid);
            }
            match change {
                Change::Insert(record) => plan.inserts.push(record),
                other => plan.others.push(other),
            }
        }
        Ok(plan)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.inserts.is_empty() && self.others.is_empty()
    }

    /// What is said to a database; `lock` keeps a record as it is until the end of the transaction.
    pub(crate) fn steps(&self, lock: &'static str) -> Result<Vec<Step>, Failure> {
        let mut steps = Vec::with_capacity(1 + self.others.len());
        if !self.inserts.is_empty() {
            steps.push(Step::changes(self.inserts.len(), Statement::insert(&self.inserts)));
        }
        for change in &self.others {
            steps.push(match change {
                Change::Update(record) => Step::changes(1, Statement::update(record)),
                Change::Unchanged { id, version } => Step::finds(Statement::has_version(id, *version, lock)),
                _ => return Err(Failure::Invalid),
            });
        }
        Ok(steps)
    }

    /// Which records change.
    pub(crate) fn changed(&self) -> Vec<KeyId> {
        let updated = self.others.iter().filter(|change| matches!(change, Change::Update(_)));
        self.inserts.iter().map(|record| record.id).chain(updated.map(Change::id)).collect()
    }
}
