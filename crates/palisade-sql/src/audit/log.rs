//! The audit log.

use super::{ends::Ends, kept::Kept, pruning, walking};
use crate::{failure::Failure, statement::Statement, step::Step, store::SqlStore};
use palisade_core::{Reply, UnixTime};
use palisade_observe::audit::{
    AuditError, AuditErrorKind, AuditLog, AuditPage, AuditQuery, Chain, Entry, Link, Mark, Verification,
};
use std::{fmt, sync::Arc};

/// An audit log in SQLite or PostgreSQL, which several processes may append to; cheap to clone.
///
/// Each [`append`](AuditLog::append) is one transaction, which has the chain's end to itself: numbers have no gaps, and each record is bound to the
/// one before, whoever wrote it. The chain's beginning and end are marks that only the chain can make. A page is found by an index,
/// and the chain is looked through in pieces of 128 records. Where the end is not what was written, or the chain has another key, nothing is appended.
///
/// ```
/// use palisade_observe::audit::{AuditLog as _, Chain, Entry, Recorder};
/// use palisade_sql::SqlStore;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let url = format!("sqlite:{}", directory.path().join("palisade.db").display());
/// let store = SqlStore::open(&url).await?;
/// let recorder = Recorder::builder(store.audit(Chain::plain())).build()?;
/// recorder.record_entry(Entry::new("config.changed").by("user:17")).await?;
/// assert!(recorder.verify().await?.fault.is_none());
/// # Ok(()) }
/// ```
///
/// # Cancel safety
///
/// What was begun ends, also when nobody waits for it any more; pruning and looking through end between two pieces.
#[derive(Clone)]
pub struct SqlAudit {
    store: SqlStore,
    chain: Chain,
}

impl SqlStore {
    /// The audit log in this database, bound by this chain. All processes that append need the same key.
    #[must_use]
    pub fn audit(&self, chain: Chain) -> SqlAudit {
        SqlAudit { store: self.clone(), chain }
    }
}

/// How many records a statement appends, from the most to one: so few different statements that each stays prepared, and each so short
/// that its values are bound in no time (SQLite looks each one's name up among all).
const AT_ONCE: [usize; 6] = [32, 16, 8, 4, 2, 1];

/// The records in pieces of those lengths.
fn pieces<T>(mut records: &[T]) -> Vec<&[T]> {
    let mut pieces = Vec::with_capacity(records.len() / 32 + 5);
    for length in AT_ONCE {
        while let Some((piece, rest)) = records.split_at_checked(length) {
            pieces.push(piece);
            records = rest;
        }
    }
    pieces
}

impl AuditLog for SqlAudit {
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>> {
        let chain = self.chain.clone();
        self.store.turn(
            |dialect| vec![Statement::audit_ends(dialect)],
            move |rows| {
                let head = Ends::of(rows.into_iter().next().unwrap_or_default())?.head(&chain)?;
                let sealed = chain.seal_all(head, &entries).map_err(|_| Failure::Invalid)?;
                let Some(last) = sealed.last().map(|last| last.link) else { return Ok((Vec::new(), head)) };
                let records: Vec<_> = sealed.into_iter().zip(entries.iter()).collect();
                let insert = |some: &[_]| Step::changes(some.len(), Statement::append_audit(some));
                let mut steps: Vec<_> = pieces(&records).into_iter().map(insert).collect();
                steps.push(Step::changes(1, Statement::audit_mark(&chain, Mark::Head, &last)));
                Ok((steps, last))
            },
        )
    }

    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        let asked = query.clone();
        self.store.ask(Statement::audit_page(query), move |rows| Kept::page(rows, &asked))
    }

    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>> {
        let Self { store, chain } = self.clone();
        Reply::later(async move { walking::verify(&store, &chain, known).await })
    }

    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>> {
        let Self { store, chain } = self.clone();
        Reply::later(async move { pruning::prune(&store, &chain, before).await })
    }
}

impl From<Failure> for AuditError {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::Invalid => AuditErrorKind::Invalid,
            // A number that is taken already: somebody wrote beyond the end.
            Failure::Corrupt(_) | Failure::Conflict => AuditErrorKind::Tampered,
            _ => AuditErrorKind::Unavailable,
        };
        Self::new(kind).with_source(failure)
    }
}

impl fmt::Debug for SqlAudit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlAudit").field("store", &self.store).field("chain", &self.chain).finish()
    }
}
