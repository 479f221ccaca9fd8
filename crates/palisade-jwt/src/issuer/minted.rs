//! A token that was just issued.

use palisade_core::{Secret, UnixTime};

/// A token that was just issued, and what its receiver is to be told of it. The answer that carries it is `Cache-Control:
/// no-store`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Minted {
    /// The token, in compact form.
    pub token: Secret,
    /// Its `exp`: from then on it is refused.
    pub expires_at: UnixTime,
    /// Seconds until then, as `expires_in` (RFC 6749 §5.1).
    pub expires_in: u64,
    /// Its `iat`.
    pub issued_at: UnixTime,
    /// Its own id: 128 random bits.
    pub jti: Box<str>,
}
