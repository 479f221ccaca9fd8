//! Removing the oldest records.

use super::{
    ends::Ends,
    kept::{COLUMNS, Kept},
};
use crate::{cells::Cells, failure::Failure, statement::Statement, step::Step, store::SqlStore};
use palisade_core::{Reply, UnixTime};
use palisade_observe::audit::{AuditError, Chain, Link, Mark};

/// How many records are removed in one transaction, so that those who append wait for little.
const PIECE: i64 = 128;

impl Statement {
    fn oldest_audit() -> Self {
        let mut this = Self::new(COLUMNS);
        this.word("IS NOT NULL ORDER BY sequence LIMIT ").number(Some(PIECE));
        this
    }

    fn forget_audit(until: &Link) -> Self {
        let mut this = Self::new("DELETE FROM palisade_audit WHERE sequence <= ");
        this.number(i64::try_from(until.sequence).ok());
        this
    }
}

/// Piece by piece, each with its anchor.
pub(super) async fn prune(store: &SqlStore, chain: &Chain, before: UnixTime) -> Result<Link, AuditError> {
    loop {
        let (anchor, more) = piece(store, chain, before).await?;
        if !more {
            return Ok(anchor);
        }
    }
}

fn piece(store: &SqlStore, chain: &Chain, before: UnixTime) -> Reply<Result<(Link, bool), AuditError>> {
    let chain = chain.clone();
    store.turn(
        |dialect| vec![Statement::audit_ends(dialect), Statement::oldest_audit()],
        move |rows| {
            let mut rows = rows.into_iter();
            let begin = Ends::of(rows.next().unwrap_or_default())?.anchor(&chain)?;
            let (anchor, pruned, more) = old(&chain, begin, rows.next().unwrap_or_default(), before)?;
            let mut steps = Vec::new();
            if pruned > 0 {
                steps.push(Step::changes(pruned, Statement::forget_audit(&anchor)));
                steps.push(Step::changes(1, Statement::audit_mark(&chain, Mark::Anchor, &anchor)));
            }
            Ok((steps, (anchor, more)))
        },
    )
}

/// Up to where the records are old, how many those are, and whether there may be more. What does not hold is not covered up.
fn old(
    chain: &Chain,
    mut anchor: Link,
    rows: Vec<Cells>,
    before: UnixTime,
) -> Result<(Link, usize, bool), Failure> {
    let mut pruned = 0;
    for cells in rows {
        let row = Kept::of(cells)?;
        let link = chain.link(&anchor, &row.record);
        let sealed = row.sealed().filter(|sealed| sealed.link == link);
        let record = sealed.and_then(|sealed| sealed.record()).filter(|record| row.agrees_with(record));
        let record = record.ok_or(Failure::Corrupt("palisade_audit"))?;
        if record.entry.time >= before {
            return Ok((anchor, pruned, false));
        }
        (anchor, pruned) = (link, pruned + 1);
    }
    Ok((anchor, pruned, i64::try_from(pruned).is_ok_and(|pruned| pruned == PIECE)))
}
