//! What keeps the keys from being used.

use crate::{
    data_dir::DataDir,
    secrets::{self, SecretsError},
};
use palisade::keys::{FormatError, PepperError, RandomError, StoreError};
use std::path::PathBuf;
use thiserror::Error;

/// What keeps the keys from being used. The text is for the operator and names the fix.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The database does not answer.
    #[error("the database of keys does not answer")]
    Store(#[from] StoreError),
    /// The secrets cannot be read or made.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The check key cannot be used.
    #[error("INFERENCE_CHECK_KEY, or `check_key` in secrets.json, cannot be used")]
    CheckKey(#[from] FormatError),
    /// The pepper cannot be used.
    #[error("INFERENCE_PEPPER, or `pepper` in secrets.json, cannot be used")]
    Pepper(#[from] PepperError),
    /// There are keys, and nothing to recognise them by.
    #[error(
        "{place} has keys, and {} with the secrets to recognise them is missing: restore it from a backup, or set \
         INFERENCE_CHECK_KEY and INFERENCE_PEPPER to what it held",
        path.display()
    )]
    SecretsMissing {
        /// Where the keys are.
        place: String,
        /// Where the secrets should be.
        path: PathBuf,
    },
    /// The keys were made with other secrets.
    #[error(
        "the keys in {place} were made with other secrets than these, so none would be recognised: restore secrets.json, or set \
         INFERENCE_CHECK_KEY and INFERENCE_PEPPER to what it held"
    )]
    OtherSecrets {
        /// Where the keys are.
        place: String,
    },
    /// The operating system gave no random numbers.
    #[error("cannot make a key")]
    NoRandomness(#[from] RandomError),
}

impl KeysError {
    pub(super) fn secrets_missing(dir: &DataDir, place: String) -> Self {
        Self::SecretsMissing { place, path: dir.file(secrets::FILE) }
    }
}
