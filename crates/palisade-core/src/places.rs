//! Where credentials may stand.

use crate::authenticate::Authenticate;
use http::{HeaderName, header::AUTHORIZATION};

impl Authenticate {
    /// The headers beside `Authorization` in which its kinds look: what caches must tell answers apart by, and what pages of other
    /// origins must be allowed to send.
    pub fn other_places(&self) -> impl Iterator<Item = &HeaderName> {
        self.places.iter().filter(|place| **place != AUTHORIZATION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::static_token::{StaticToken, StaticTokens};

    #[test]
    fn authorization_is_no_other_place() {
        let tokens = StaticTokens::new([StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y")]).unwrap();
        assert_eq!(Authenticate::with(tokens).other_places().count(), 0);
    }
}
