//! Shared secrets from the environment.

use super::{
    error::{SigningKeyError, SigningKeysError},
    key::SigningKey,
    keys::SigningKeys,
    private_file,
    secret_error::{SecretFault, SecretKeyError},
};
use crate::algorithm::Algorithm;
use palisade_core::Secret;
use std::{env, ffi::OsString, path::Path};

/// The largest file of secrets that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024;
const MAX_LEN: usize = 1_024;
const MAX_SECRETS: usize = 16;

impl SigningKeys {
    /// Shared secrets for `HS256` from this environment variable, or from the file that `<variable>_FILE` names.
    ///
    /// A variable holds one secret. A file holds one a line: the first signs, all verify, so that a secret is replaced by putting
    /// a new line first and taking the old one away when its tokens have expired.
    ///
    /// # Errors
    ///
    /// Where there is none or both are set, where it is blank, shorter than 32 bytes, a known example or of one pattern, and where the
    /// file is open to others. The error says how to make a good one, and never what was found.
    ///
    /// ```
    /// let error = palisade_jwt::SigningKeys::from_env("EXAMPLE_SECRET_KEY").unwrap_err().to_string();
    /// assert_eq!(error, "EXAMPLE_SECRET_KEY: it is not set; make one with `openssl rand -base64 32`");
    /// ```
    pub fn from_env(variable: &str) -> Result<Self, SigningKeysError> {
        let file = format!("{variable}_FILE");
        let (value, path) = (env::var_os(variable), env::var_os(&file));
        match (value, path) {
            (Some(_), Some(_)) => Err(error(variable, SecretFault::BothSet).into()),
            (None, None) => Err(error(variable, SecretFault::NotSet).into()),
            (Some(value), None) => Self::fixed([secret(variable, value)?]),
            (None, Some(path)) => {
                Self::fixed(lines(&format!("{file} ({})", path.display()), Path::new(&path))?)
            }
        }
    }

    /// One shared secret for `HS256` that an application has from elsewhere, such as its configuration.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env); `place` names where it is from.
    pub fn from_secret(place: &str, secret: &Secret) -> Result<Self, SigningKeysError> {
        Self::fixed([key(place, secret)?])
    }
}

fn secret(variable: &str, value: OsString) -> Result<SigningKey, SecretKeyError> {
    key(variable, &Secret::new(value.into_encoded_bytes()))
}

fn lines(place: &str, path: &Path) -> Result<Vec<SigningKey>, SecretKeyError> {
    let content = private_file::read(path, MAX_FILE)
        .map_err(|source| error(place, SecretFault::File(source.to_string())))?;
    // Editors end a file with a line end; that one is no part of the secret.
    let text = content.expose();
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').take(MAX_SECRETS + 1).collect();
    if lines.len() > MAX_SECRETS {
        return Err(error(place, SecretFault::TooMuch));
    }
    let numbered = lines.iter().enumerate();
    numbered.map(|(nth, line)| key(&format!("{place}, line {}", nth + 1), &Secret::new(*line))).collect()
}

fn key(place: &str, secret: &Secret) -> Result<SigningKey, SecretKeyError> {
    let bytes = secret.expose();
    let fault = if bytes.trim_ascii().is_empty() {
        SecretFault::Blank
    } else if bytes.trim_ascii().len() != bytes.len() || bytes.iter().any(u8::is_ascii_control) {
        SecretFault::Surrounded
    } else if bytes.len() > MAX_LEN {
        SecretFault::TooMuch
    } else {
        match SigningKey::hmac(Algorithm::Hs256, secret) {
            Ok(key) => return Ok(key),
            Err(SigningKeyError::Key(weak)) => SecretFault::Weak(weak),
            Err(other) => SecretFault::File(other.to_string()),
        }
    };
    Err(error(place, fault))
}

fn error(place: &str, fault: SecretFault) -> SecretKeyError {
    SecretKeyError { place: place.to_owned(), fault }
}
