//! Under which name a revocation is kept.

use aws_lc_rs::digest::{Context, SHA256};
use std::fmt;

/// The SHA-256 of an issuer and a claim: of one length whatever the claim holds, and no personal data.
///
/// It is made of claims, never of the token's text, which can be written in more than one way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevocationKey([u8; 32]);

impl RevocationKey {
    pub(super) fn token(issuer: &str, jti: &str) -> Self {
        Self::of(b"jti", issuer, jti)
    }

    pub(super) fn subject(issuer: &str, subject: &str) -> Self {
        Self::of(b"sub", issuer, subject)
    }

    pub(super) fn session(issuer: &str, session: &str) -> Self {
        Self::of(b"sid", issuer, session)
    }

    /// Each part is preceded by its length, so that no two pairs are told in the same bytes.
    fn of(claim: &[u8; 3], issuer: &str, value: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(b"palisade revocation 1");
        context.update(claim);
        for part in [issuer, value] {
            context.update(&(part.len() as u64).to_le_bytes());
            context.update(part.as_bytes());
        }
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }
}

impl fmt::Debug for RevocationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationKey({})", self.to_hex())
    }
}
