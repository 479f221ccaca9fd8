//! What a guard that establishes who calls understands.

use crate::{authenticate::Authenticate, authenticator::Authenticator, permissions::Permissions};
use http::HeaderName;

impl Authenticate {
    /// The headers in which credentials are looked for, each once.
    #[must_use]
    pub fn places(&self) -> &[HeaderName] {
        &self.places
    }

    /// The permissions that it was [given](Self::permissions).
    #[must_use]
    pub const fn declared(&self) -> Option<&Permissions> {
        self.permissions.as_ref()
    }

    /// The kinds that it understands, in the order in which they are asked.
    pub fn kinds(&self) -> impl Iterator<Item = &dyn Authenticator> {
        self.kinds.iter().map(|kind| &**kind)
    }
}
