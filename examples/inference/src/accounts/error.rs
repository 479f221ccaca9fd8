//! What keeps accounts from being used.

use palisade::{
    jwt::{
        InvalidPointer, IssuerError, SigningKeysError, VerifierError,
        login::{HashingError, InvalidPassword, InvalidText, InvalidUserName, UsersError},
    },
    limit::LimitError,
};
use thiserror::Error;

/// What keeps accounts from being used. The text is for the operator and names the fix.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// Tokens cannot be signed.
    #[error("tokens cannot be signed")]
    Signing(#[from] SigningKeysError),
    /// Tokens cannot be issued so.
    #[error("tokens cannot be issued")]
    Issuer(#[from] IssuerError),
    /// Tokens cannot be verified so.
    #[error("tokens cannot be verified")]
    Verifier(#[from] VerifierError),
    /// A claim cannot be named so.
    #[error(transparent)]
    Pointer(#[from] InvalidPointer),
    /// Passwords cannot be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// Guesses cannot be counted.
    #[error(transparent)]
    Guesses(#[from] LimitError),
    /// A user cannot be called so.
    #[error(transparent)]
    Name(#[from] InvalidUserName),
    /// A role cannot be called so.
    #[error(transparent)]
    Role(#[from] InvalidText),
    /// That is no password.
    #[error(transparent)]
    Password(#[from] InvalidPassword),
    /// Users cannot be read or made.
    #[error("users cannot be read or made")]
    Users(#[from] UsersError),
    /// The operating system gave no random numbers.
    #[error("cannot make a password: the operating system gave no random numbers")]
    NoRandomness,
}
