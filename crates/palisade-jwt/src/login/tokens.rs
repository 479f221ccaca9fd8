//! What somebody gets who logged in.

use crate::issuer::Minted;
use palisade_core::{Secret, UnixTime};

/// What somebody gets who logged in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tokens {
    /// The access token.
    pub access: Secret,
    /// When it ends.
    pub expires: UnixTime,
    /// For how many seconds it holds.
    pub expires_in: u64,
    /// What it can be renewed with, once, where that is on.
    pub refresh: Option<Secret>,
}

impl Tokens {
    pub(super) fn of(minted: Minted, refresh: Option<Secret>) -> Self {
        let Minted { token, expires_at, expires_in, .. } = minted;
        Self { access: token, expires: expires_at, expires_in, refresh }
    }
}
