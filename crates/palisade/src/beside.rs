//! What kinds of credentials bring beside their authenticator.

use http::{HeaderName, request};
use palisade_core::{Denial, Facts, Guard, Reply};

#[cfg(feature = "api-keys")]
use palisade_apikey::{KeyHeaders, KeyHeadersPass};

/// Guards that stand behind authentication because a kind of credential wants them there; they refuse nobody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    #[cfg(feature = "api-keys")]
    pub(crate) keys: Option<KeyHeaders>,
}

impl Beside {
    /// Whether they say in `Vary` that answers depend on this header.
    #[cfg(feature = "api-keys")]
    pub(crate) fn varies_on(&self, place: &HeaderName) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.varies_on(place))
    }

    #[cfg(not(feature = "api-keys"))]
    pub(crate) fn varies_on(&self, _: &HeaderName) -> bool {
        false
    }
}

impl Guard for Beside {
    #[cfg(feature = "api-keys")]
    type Pass = Option<KeyHeadersPass>;
    #[cfg(not(feature = "api-keys"))]
    type Pass = ();

    #[cfg(feature = "api-keys")]
    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        match &self.keys {
            Some(keys) => keys.check(head, facts).map(|verdict| verdict.map(Some)),
            None => Reply::now(Ok(None)),
        }
    }

    #[cfg(not(feature = "api-keys"))]
    #[inline]
    fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
        Reply::now(Ok(()))
    }

    #[cfg(feature = "api-keys")]
    fn is_absent(&self) -> bool {
        self.keys.is_none()
    }

    #[cfg(not(feature = "api-keys"))]
    fn is_absent(&self) -> bool {
        true
    }
}
