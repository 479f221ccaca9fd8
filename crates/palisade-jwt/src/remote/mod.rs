//! Keys of identity providers, by OpenID Connect Discovery 1.0, RFC 8414 and JWKS (RFC 7517).
//!
//! [`RemoteKeys`] is a [`KeySource`](crate::KeySource): it finds where an issuer publishes its keys, fetches them in the background,
//! keeps them fresh, and goes on with those it has while the issuer is down. A request never waits for keys that are known; one with
//! an unknown key id waits two seconds at most, for a fetch that all such requests share. What cannot be decided is 503, never 401: a
//! client would throw away a good token.

mod address;
mod builder;
mod connect;
mod discovery;
mod error;
mod fetch;
mod freshness;
mod https;
mod keys;
mod location;
mod notices;
mod round;
mod schedule;
mod shared;
mod status;
mod worker;

pub use builder::{RemoteKeysBuilder, RemoteSetupErrors};
pub use error::{RemoteError, RemoteErrorKind};
pub use fetch::{Answer, Fetch, MAX_DOCUMENT, Question};
pub use keys::{MAX_WAIT, RemoteKeys};
pub use status::RemoteStatus;
