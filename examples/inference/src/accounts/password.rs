//! Passwords that are drawn.

use super::error::AccountsError;
use data_encoding::BASE32_NOPAD;
use palisade::{Secret, jwt::login::Password};

/// A password of 128 random bits, in lower-case letters and digits, and its text to be shown once.
///
/// # Errors
///
/// Where the operating system gives no randomness.
pub fn drawn() -> Result<(Password, Secret), AccountsError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| AccountsError::NoRandomness)?;
    let text = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    Ok((Password::new(text.clone())?, Secret::new(text)))
}
