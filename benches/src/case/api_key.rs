//! One API key among a thousand, known to the cache.

use super::{
    Case, Contender, Row,
    bare::{BARE_TOKEN, router},
};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, load},
};
use palisade_apikey::{ApiKeys, CachedStore, Change, KeyFormat, KeyRecord, KeyStore, MemoryStore, Peppers};
use palisade_core::{Authenticate, Clock, Secret, gate};
use tower::Layer as _;

const OUTSIDE: Contender = Contender { name: "api-key-outside", load: outside };
const LAYERED: Contender = Contender { name: "api-key-layered", load: layered };

pub(super) fn case() -> Case {
    Case {
        name: "api-key",
        rows: vec![
            Row::new("palisade, from outside, 1,000 keys, warm", OUTSIDE, BARE_TOKEN).at_most_ns(350),
            Row::new("palisade, Router::layer, 1,000 keys, warm", LAYERED, BARE_TOKEN).at_most_ns(600),
        ],
    }
}

/// A service's keys, and one of them as it is presented.
fn keys() -> Result<(ApiKeys, Ask), Failure> {
    let format = KeyFormat::new("acme", "live", &Secret::new("0123456789abcdef")).map_err(Failure::setup)?;
    let pepper = Secret::new("0123456789abcdef0123456789abcdef");
    let peppers = Peppers::new(1, &pepper).map_err(Failure::setup)?;
    let store = MemoryStore::new();
    let now = Clock::system().now().wall;
    let mut presented = String::new();
    for _ in 0..1_000 {
        let key = format.mint().map_err(Failure::setup)?;
        let proof = peppers.digest(key.expose().as_bytes()).into();
        let name = "bench".parse().map_err(Failure::setup)?;
        let by = "operator:bench".parse().map_err(Failure::setup)?;
        let owner = "operator:bench".parse().map_err(Failure::setup)?;
        let mut record = KeyRecord::new(key.id(), proof, key.hint().clone(), owner, name, now, by);
        // Used a moment ago, so that nothing is to be written.
        record.last_used = Some(now);
        drop(store.write(vec![Change::Insert(record)]));
        presented = format!("Bearer {}", key.expose());
    }
    // Lives as long as the process, as requests want it.
    let ask = Ask::palisade().with_authorization(Box::leak(presented.into_boxed_str()));
    Ok((ApiKeys::new(format, peppers, CachedStore::new(store)), ask))
}

fn outside() -> Result<Load, Failure> {
    let (keys, ask) = keys()?;
    load(gate(Authenticate::with(keys)).layer(router()), ask, super::token::proof(Ask::palisade()))
}

fn layered() -> Result<Load, Failure> {
    let (keys, ask) = keys()?;
    load(router().layer(gate(Authenticate::with(keys))), ask, super::token::proof(Ask::palisade()))
}
