//! What keeps the audit log from being written.

use crate::data_dir::DataDirError;
use palisade::observe::audit::{self, AuditErrorKind, RecorderError, ShortChainKey};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What keeps the audit log from being written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The log itself.
    #[error("cannot open the audit log {}", path.display())]
    Log {
        /// Where it is.
        path: PathBuf,
        /// What it says.
        source: audit::AuditError,
    },
    /// Another server writes it.
    #[error(
        "another server writes the audit log {}: stop it, or give this one its own with --audit-log", path.display()
    )]
    Locked {
        /// Where it is.
        path: PathBuf,
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

impl AuditError {
    /// Why the log at `path` is not opened.
    pub(super) fn of_log(path: &Path, source: audit::AuditError) -> Self {
        let path = path.to_owned();
        if source.kind() == AuditErrorKind::Locked {
            Self::Locked { path }
        } else {
            Self::Log { path, source }
        }
    }
}
