//! What the tests share.

use data_encoding::BASE64URL_NOPAD;
use palisade_core::{Clock, ManualClock, UnixTime};
use palisade_jwt::{Algorithm, Issuer, Minted, Rejection, Rotation, SigningKey, SigningKeys};
use serde_json::Value;
use std::time::Duration;

pub(crate) const ISSUER: &str = "https://api.example";
pub(crate) const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512];

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

pub(crate) fn start() -> ManualClock {
    ManualClock::new(UnixTime::from_secs(1_700_000_000))
}

pub(crate) fn now(time: &ManualClock) -> UnixTime {
    Clock::manual(time).now().wall
}

/// One key that does not rotate.
pub(crate) fn fixed(algorithm: Algorithm) -> SigningKeys {
    SigningKeys::fixed([SigningKey::generate(algorithm).unwrap()]).unwrap()
}

pub(crate) fn issuer(keys: &SigningKeys) -> Issuer {
    Issuer::builder(ISSUER).audience("models").keys(keys).unwrap()
}

pub(crate) fn rotating(time: &ManualClock, rotation: Rotation) -> SigningKeys {
    let builder = SigningKeys::in_memory().rotation(rotation);
    builder.clock(Clock::manual(time)).refreshed_by_hand().open().unwrap()
}

pub(crate) fn text(minted: &Minted) -> &str {
    std::str::from_utf8(minted.token.expose()).unwrap()
}

/// Header and claims, whoever signed them.
pub(crate) fn parts(minted: &Minted) -> (Value, Value) {
    let mut parts = text(minted).split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

pub(crate) fn verdict(issuer: &Issuer, minted: &Minted, now: UnixTime) -> Result<(), Rejection> {
    issuer.verifier().unwrap().verify(text(minted), now).try_now().unwrap().map(drop)
}

pub(crate) fn kid(minted: &Minted) -> String {
    parts(minted).0["kid"].as_str().unwrap().to_owned()
}
