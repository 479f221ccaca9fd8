//! What keeps the audit log from being written.

use crate::data_dir::DataDirError;
use palisade::observe::audit::{self, RecorderError, ShortChainKey};
use std::path::PathBuf;
use thiserror::Error;

/// What keeps the audit log from being written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The log itself.
    #[error(
        "cannot open the audit log {}; where another server writes it, give this one its own with --audit-log", path.display()
    )]
    Log {
        /// Where it is.
        path: PathBuf,
        /// What it says.
        source: audit::AuditError,
    },
    /// The key of its chain.
    #[error("INFERENCE_AUDIT_KEY: {0}")]
    Key(ShortChainKey),
    /// The data directory refuses.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// What writes it does not start.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
    /// The operating system gave no random numbers.
    #[error("cannot make a key for the audit log: the operating system gave no random numbers")]
    NoRandomness,
}
