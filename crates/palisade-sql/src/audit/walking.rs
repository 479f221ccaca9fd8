//! Looking through the whole chain.

use super::{ends::Ends, kept::Kept};
use crate::{cells::Cells, failure::Failure, statement::Statement, store::SqlStore};
use palisade_core::Reply;
use palisade_observe::audit::{AuditError, AuditErrorKind, Chain, Link, Verification, Walk};

/// How many records are read at a time; the longest ones take 8 MiB.
const PIECE: usize = 128;
/// How often it is begun anew because records were pruned meanwhile.
const ATTEMPTS: usize = 8;

/// Some records, and the ends of the chain at the same moment.
struct Piece {
    ends: Ends,
    rows: Vec<Kept>,
}

impl Statement {
    /// The ends as a row with the number 0, and the records that follow. One statement, because each sees one moment.
    fn audit_piece(after: i64, most: usize) -> Self {
        let mut this = Self::new(
            "SELECT CAST(0 AS BIGINT) AS sequence, CAST(0 AS BIGINT) AS time, anchor AS act, NULL AS actor, NULL AS target, '' AS hash, head AS record
            FROM palisade_audit_ends WHERE place = 1 UNION ALL
            SELECT sequence, time, act, actor, target, hash, record FROM (
            SELECT sequence, time, act, actor, target, hash, record FROM palisade_audit WHERE sequence > ",
        );
        this.number(Some(after)).word(" ORDER BY sequence LIMIT ").number(i64::try_from(most).ok());
        this.word(") AS piece");
        this
    }
}

impl Piece {
    fn of(rows: Vec<Cells>) -> Result<Self, Failure> {
        let mut rows: Vec<_> = rows.into_iter().map(Kept::of).collect::<Result<_, _>>()?;
        rows.sort_by_key(|row| row.sequence);
        let mut rows = rows.into_iter();
        let ends =
            rows.next().filter(|row| row.sequence == 0).ok_or(Failure::Corrupt("palisade_audit_ends"))?;
        Ok(Self { ends: Ends { anchor: ends.act, head: ends.record }, rows: rows.collect() })
    }
}

pub(super) async fn verify(
    store: &SqlStore,
    chain: &Chain,
    known: Option<Link>,
) -> Result<Verification, AuditError> {
    for _ in 0..ATTEMPTS {
        if let Some(found) = walk(store, chain, known).await? {
            return Ok(found);
        }
    }
    Err(AuditError::new(AuditErrorKind::Unavailable)
        .with_source("records are pruned while they are looked through"))
}

/// Nothing where the beginning moved on meanwhile.
async fn walk(
    store: &SqlStore,
    chain: &Chain,
    known: Option<Link>,
) -> Result<Option<Verification>, AuditError> {
    let marked = Ok(Some(Walk::marked(0)));
    let Some(begin) = read(store, 0, 0).await? else { return marked };
    let Ok(anchor) = begin.ends.anchor(chain) else { return marked };
    let mut walk = Walk::new(chain, anchor, known);
    let (mut at, mut most) = (0, PIECE);
    let mut asked = read(store, at, most);
    loop {
        let Some(Piece { ends, rows }) = asked.await? else {
            // One of them cannot even be read: which, the next steps tell.
            if most == 1 {
                walk.step(None);
                return Ok(Some(walk.finish()));
            }
            most = 1;
            asked = read(store, at, most);
            continue;
        };
        let (Ok(begin), Ok(end)) = (ends.anchor(chain), ends.head(chain)) else { return marked };
        if begin != anchor {
            return Ok(None);
        }
        let is_last = rows.len() < most;
        if is_last {
            walk.end(end);
        }
        at = rows.last().map_or(at, |row| row.sequence);
        // The database looks for the next ones while these are looked through.
        let next = (!is_last).then(|| read(store, at, most));
        let holds = rows.iter().all(|row| step(&mut walk, row));
        match next.filter(|_| holds) {
            Some(next) => asked = next,
            None => return Ok(Some(walk.finish())),
        }
    }
}

fn step(walk: &mut Walk<'_>, row: &Kept) -> bool {
    walk.step_with(row.sealed().as_ref(), |record| row.agrees_with(record))
}

/// Nothing where a row cannot be read. Under way already when it is waited for.
fn read(store: &SqlStore, after: i64, most: usize) -> Reply<Result<Option<Piece>, AuditError>> {
    store.ask::<_, AuditError>(Statement::audit_piece(after, most), Piece::of).map(|piece| match piece {
        Ok(piece) => Ok(Some(piece)),
        Err(error) if error.kind() == AuditErrorKind::Tampered => Ok(None),
        Err(error) => Err(error),
    })
}
