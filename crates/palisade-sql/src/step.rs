//! One of the statements that are one act together.

use crate::statement::Statement;

/// One of the statements that are one act together: all of them are done, or none is.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) statement: Statement,
    /// On how many rows it must work; where it does not, the whole act is a conflict.
    pub(crate) rows: Option<usize>,
    /// Whether rows are read, and not changed.
    pub(crate) reads: bool,
}

impl Step {
    /// Changes whatever there is.
    #[cfg(feature = "jwt")]
    pub(crate) const fn any(statement: Statement) -> Self {
        Self { statement, rows: None, reads: false }
    }

    /// Changes so many rows.
    pub(crate) const fn changes(rows: usize, statement: Statement) -> Self {
        Self { statement, rows: Some(rows), reads: false }
    }

    /// Finds one row.
    pub(crate) const fn finds(statement: Statement) -> Self {
        Self { statement, rows: Some(1), reads: true }
    }

    pub(crate) fn is_met_by(&self, rows: usize) -> bool {
        self.rows.is_none_or(|expected| expected == rows)
    }
}
