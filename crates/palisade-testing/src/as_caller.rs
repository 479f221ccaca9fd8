//! Requests as somebody sends them.

use http::{HeaderName, HeaderValue, Request, header::AUTHORIZATION};
use palisade_core::{Clock, Facts, ManualClock, Peer};
use std::net::{IpAddr, SocketAddr};

/// Says who sends a request, from where, and when: for tests that call a service in the process.
///
/// ```
/// use http::Request;
/// use palisade_testing::AsCaller as _;
///
/// let request = Request::get("/v1/models").body(()).unwrap().as_key("test_live_…").from_peer([192, 0, 2, 1]);
/// assert!(request.headers().contains_key("x-api-key"));
/// ```
#[allow(clippy::wrong_self_convention, reason = "a request is dressed, as a builder would")]
pub trait AsCaller: Sized {
    /// With this bearer token.
    #[must_use]
    fn as_token(self, token: &str) -> Self;

    /// With this API key, in `X-API-Key`.
    #[must_use]
    fn as_key(self, key: &str) -> Self;

    /// With a token of a [`FakeIssuer`](crate::FakeIssuer), signed as it stands.
    #[cfg(feature = "jwt")]
    #[must_use]
    fn as_jwt(self, token: &crate::fake_issuer::FakeToken) -> Self {
        self.as_token(&token.sign())
    }

    /// From this address.
    #[must_use]
    fn from_peer(self, address: impl Into<IpAddr>) -> Self;

    /// At the time of this clock, whatever clock the service has: what is decided for it is decided by this one.
    #[must_use]
    fn at(self, time: &ManualClock) -> Self;
}

impl<B> AsCaller for Request<B> {
    fn as_token(mut self, token: &str) -> Self {
        insert(&mut self, AUTHORIZATION, &format!("Bearer {token}"));
        self
    }

    fn as_key(mut self, key: &str) -> Self {
        insert(&mut self, HeaderName::from_static("x-api-key"), key);
        self
    }

    fn from_peer(mut self, address: impl Into<IpAddr>) -> Self {
        let peer = SocketAddr::new(address.into(), 40_000);
        self.extensions_mut().insert(Peer(peer));
        self
    }

    fn at(mut self, time: &ManualClock) -> Self {
        // The first gate takes the ledger that is there, with its clock.
        self.extensions_mut().insert(Facts::new(Clock::manual(time)));
        self
    }
}

/// What no header can hold is no credential either.
fn insert<B>(request: &mut Request<B>, name: HeaderName, value: &str) {
    if let Ok(mut value) = HeaderValue::from_bytes(value.as_bytes()) {
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
}
