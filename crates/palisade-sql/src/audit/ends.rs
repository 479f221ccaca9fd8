//! Where the chain begins and ends.

use crate::{cells::Cells, dialect::Dialect, failure::Failure, statement::Statement};
use palisade_observe::audit::{Chain, Link, Mark};

/// Where the chain begins and ends, as marks that only the chain can make.
#[derive(Clone, Debug)]
pub(super) struct Ends {
    pub(super) anchor: String,
    pub(super) head: String,
}

impl Ends {
    /// Of the one row that there is.
    pub(super) fn of(rows: Vec<Cells>) -> Result<Self, Failure> {
        let mut cells = rows.into_iter().next().ok_or(Failure::Corrupt("palisade_audit_ends"))?;
        Ok(Self { anchor: cells.text()?, head: cells.text()? })
    }

    pub(super) fn anchor(&self, chain: &Chain) -> Result<Link, Failure> {
        read(chain, Mark::Anchor, &self.anchor)
    }

    pub(super) fn head(&self, chain: &Chain) -> Result<Link, Failure> {
        read(chain, Mark::Head, &self.head)
    }
}

fn read(chain: &Chain, mark: Mark, text: &str) -> Result<Link, Failure> {
    if text.is_empty() {
        return Ok(Link::START);
    }
    chain.unmark(mark, text).ok_or(Failure::Corrupt("palisade_audit_ends"))
}

impl Statement {
    /// Of two who append or prune, the second waits for the first.
    pub(super) fn audit_ends(dialect: Dialect) -> Self {
        let mut this = Self::new("SELECT anchor, head FROM palisade_audit_ends WHERE place = 1");
        this.word(dialect.for_update());
        this
    }

    pub(super) fn audit_mark(chain: &Chain, mark: Mark, link: &Link) -> Self {
        let mut this = Self::new(match mark {
            Mark::Head => "UPDATE palisade_audit_ends SET head = ",
            Mark::Anchor => "UPDATE palisade_audit_ends SET anchor = ",
        });
        this.text(Some(&chain.mark(mark, link))).word(" WHERE place = 1");
        this
    }
}
