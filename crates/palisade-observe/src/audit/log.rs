//! The port to whatever keeps the records.

use super::{
    entry::Entry,
    error::AuditError,
    link::Link,
    query::{AuditPage, AuditQuery},
    walk::Verification,
};
use palisade_core::{Reply, UnixTime};
use std::{fmt, sync::Arc};

/// Keeps records that bind each other. Nothing in it changes a record.
///
/// Every implementation runs the law, `audit_suite!`, which the feature `suite` brings.
pub trait AuditLog: fmt::Debug + Send + Sync + 'static {
    /// Appends entries, in their order and all or none: the store gives each the next number, without gaps, and binds it to the one
    /// before, also where several processes append at once. What it reports as appended survives the end of the process. At
    /// most [`MAX_ENTRIES`](super::MAX_ENTRIES).
    ///
    /// # Errors
    ///
    /// `Invalid` where there are too many or one is too long; nothing was appended then. After `Unavailable` they may have been.
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply drops only the answer.
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>>;

    /// A page of records, newest first.
    ///
    /// # Errors
    ///
    /// An [`AuditError`] where it cannot be told.
    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>>;

    /// Looks through all records, in bounded memory, and names the first that does not hold. The log must reach `known`, a link that
    /// was noted elsewhere, and be there what it was.
    ///
    /// # Errors
    ///
    /// Where the records cannot be read at all; what is wrong with them is no error.
    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>>;

    /// Removes the oldest records, up to the first that is not before this time, and leaves an anchor to which the others are bound.
    /// Says where the log begins now.
    ///
    /// # Errors
    ///
    /// An [`AuditError`]; nothing is lost but what was to be pruned.
    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>>;
}

impl<L: AuditLog + ?Sized> AuditLog for Arc<L> {
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>> {
        (**self).append(entries)
    }

    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        (**self).page(query)
    }

    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>> {
        (**self).verify(known)
    }

    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>> {
        (**self).prune(before)
    }
}
