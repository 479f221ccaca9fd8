//! Why the data directory was refused, each with what to do about it.

use std::{
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

/// Why the data directory was refused. The text is for the operator and names the fix.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataDirError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
    /// Others can write to the directory.
    #[error(
        "{} can be written by other users (mode {mode:04o}): run `chmod 700 {}`",
        path.display(), path.display()
    )]
    Writable {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file is accessible to group or others.
    #[error(
        "{} can be read or written by other users (mode {mode:04o}): run `chmod 600 {}`",
        path.display(), path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Something else stands where a file should be.
    #[error("{} is not a regular file: move it away and start again", path.display())]
    NotAFile {
        /// The thing.
        path: PathBuf,
    },
    /// A file is too large to be one of ours.
    #[error("{} is larger than {limit} bytes, so it is none of ours: restore it from a backup", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        limit: u64,
    },
}

impl DataDirError {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}
