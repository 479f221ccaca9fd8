//! Why keys cannot sign.

use super::{rotation::RotationError, secret_error::SecretKeyError};
use crate::{algorithm::Algorithm, key_error::KeyError, key_set::KeySetError};
use palisade_core::Unrecorded;
use std::{io, path::PathBuf};

/// Why there is no signing key; never with a value of the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// Tokens of ours are signed with `EdDSA`, `ES256`, `HS256`, `HS384` or `HS512`.
    #[error("{0} is not used to sign here; use EdDSA, ES256, HS256, HS384 or HS512")]
    Algorithm(Algorithm),
    /// The secret is too short or can be guessed, or the id is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is neither a private key of Ed25519 or P-256 in PKCS#8, nor a private JWK.
    #[error(
        "it holds no private key: expected PKCS#8 as `openssl genpkey -algorithm ed25519` writes it, or a private JWK"
    )]
    Malformed,
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Random,
    /// A file cannot be read or written.
    #[error("cannot {verb} {}: {source}", path.display())]
    Io {
        /// What was to be done.
        verb: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others than its owner may read it.
    #[error("{} is open to others (mode {mode:o}): what is in it may be known; after `chmod 600`, consider a new key", path.display())]
    Exposed {
        /// Which file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is a directory, a pipe or a device, or larger than a key file can be.
    #[error("{} is no file of at most {most} bytes", path.display())]
    NoFile {
        /// Which.
        path: PathBuf,
        /// The most that is read.
        most: u64,
    },
    /// What the file holds is no key.
    #[error("{}: {source}", path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<Self>,
    },
}

/// Why keys cannot be used together, kept or rotated; never with a value of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeysError {
    /// One of the keys cannot be used, made, read or written.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    /// The keys cannot stand together.
    #[error(transparent)]
    Set(#[from] KeySetError),
    /// The shared secret in the environment cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretKeyError),
    /// The schedule is out of its bounds.
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// The directory holds keys of another algorithm.
    #[error("the keys in {} are for {found}, not for {wanted}; take another directory", path.display())]
    OtherAlgorithm {
        /// Where they are kept.
        path: PathBuf,
        /// What they are for.
        found: Algorithm,
        /// What was asked for.
        wanted: Algorithm,
    },
    /// Others kept changing the directory in between.
    #[error("{} is changed by others without end", path.display())]
    Contended {
        /// Which directory.
        path: PathBuf,
    },
    /// Nobody can take note of a new key, so none was made; those that there are go on to hold.
    #[error("no new signing key was made: {0}")]
    Unrecorded(Unrecorded),
    /// The thread that rotates cannot start.
    #[error("the thread that rotates keys cannot start: {0}")]
    Thread(io::Error),
}

impl From<KeyError> for SigningKeysError {
    fn from(error: KeyError) -> Self {
        Self::Key(error.into())
    }
}
