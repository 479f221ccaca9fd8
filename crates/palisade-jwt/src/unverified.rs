//! A token that was read and not believed.

use crate::{
    claims::Claims,
    compact::{Compact, Parts},
    header::Header,
    rejection::Rejection,
};
use std::{fmt, sync::Arc};

/// A token whose form is right and of which nothing is proven: good for choosing a verifier by its issuer, for nothing else.
///
/// ```
/// use palisade_jwt::{Rejection, Unverified};
///
/// assert_eq!(Unverified::parse("not.a-token").err(), Some(Rejection::NotCompact));
/// ```
pub struct Unverified<'t> {
    pub(crate) header: Arc<Header>,
    pub(crate) claims: Arc<Claims>,
    pub(crate) compact: Compact<'t>,
}

impl<'t> Unverified<'t> {
    /// Reads a token of at most 8 KiB in compact form (RFC 7515 §7.1).
    ///
    /// # Errors
    ///
    /// The form, the header or the payload is not right, or a registered claim has a wrong type; what it claims is not
    /// compared with anything.
    pub fn parse(token: &'t str) -> Result<Self, Rejection> {
        let Parts { header, payload, compact } = Compact::parse(token)?;
        let header = header.parse()?;
        let claims = Arc::new(Claims::parse(payload, header.clone())?);
        Ok(Self { header, claims, compact })
    }

    /// The issuer that it claims to come from.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.claims.issuer()
    }

    /// The key that it claims to be signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.header.key_id.as_deref()
    }

    /// The same, whatever becomes of the request that it came with.
    pub(crate) fn into_owned(self) -> Unverified<'static> {
        let Self { header, claims, compact } = self;
        Unverified { header, claims, compact: compact.into_owned() }
    }
}

/// Without the token itself, which is a credential.
impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified")
            .field("header", &self.header)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}
