//! The audit log: what was done, by whom, and a chain that tells whether anybody changed it afterwards.

mod chain;
mod convert;
mod entry;
mod error;
mod file;
mod guard;
#[cfg(test)]
mod laws;
mod link;
mod log;
mod memory;
mod query;
mod record;
mod recorder;
mod routes;
mod shown;
#[cfg(any(test, feature = "suite"))]
#[cfg_attr(docsrs, doc(cfg(feature = "suite")))]
#[allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc, reason = "its functions are tests")]
pub mod suite;
mod time;
mod walk;

pub use chain::{Chain, Mark, ShortChainKey};
pub use entry::{Entry, Outcome};
pub use error::{AuditError, AuditErrorKind};
pub use file::{FileAudit, Sync};
pub use guard::Audit;
pub use link::Link;
pub use log::AuditLog;
pub use memory::MemoryAudit;
pub use query::{AuditPage, AuditQuery, MAX_AUDIT_PAGE};
pub use record::{MAX_ENTRIES, MAX_RECORD, Record, Sealed};
pub use recorder::{Overflow, Recorder, RecorderBuilder, RecorderError};
pub use shown::Shown;
pub use walk::{Fault, FaultKind, Verification, Walk};
