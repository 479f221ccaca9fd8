//! A key in a file of its own.

use super::{error::SigningKeyError, jwk, key::SigningKey, private_file};
use palisade_core::Secret;
use std::{io, path::Path};

/// The largest key file that is read, in bytes.
const MAX_FILE: u64 = 16 * 1024;

impl SigningKey {
    /// Reads a file that [`save`](Self::save) wrote, or a PEM.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, holds no key, or is open to group or others.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, SigningKeyError> {
        let path = path.as_ref();
        let content = private_file::read(path, MAX_FILE)?;
        let key = if content.expose().trim_ascii_start().starts_with(b"{") {
            jwk::read(&content)
        } else {
            Self::from_pem(&content)
        };
        key.map_err(|source| SigningKeyError::Content { path: path.to_owned(), source: Box::new(source) })
    }

    /// Writes it to a new file as a private JWK (RFC 7517, RFC 8037), with mode 0600, whole or not at all.
    ///
    /// # Errors
    ///
    /// Where it cannot be written, and where there is a file already: a key is never written over.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SigningKeyError> {
        let path = path.as_ref();
        let content = Secret::new(jwk::private(self).as_bytes());
        if private_file::create(path, &content)? {
            return Ok(());
        }
        let source = io::ErrorKind::AlreadyExists.into();
        Err(SigningKeyError::Io { verb: "write", path: path.to_owned(), source })
    }
}
