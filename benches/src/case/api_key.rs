//! One API key among a thousand: known to the cache, and as it would be if keys were hashed as passwords are.

use super::{
    Case, Contender, Row,
    bare::{BARE_KEY, NOTHING, router},
};
use crate::{
    ask::{self, Ask},
    failure::Failure,
    load::{Load, load},
};
use argon2::Argon2;
use palisade_apikey::{ApiKeys, CachedStore, Change, KeyFormat, KeyRecord, KeyStore, MemoryStore, Peppers};
use palisade_core::{Authenticate, Clock, Scope, Secret, gate};
use std::hint::black_box;
use tower::Layer as _;

const OUTSIDE: Contender = Contender { name: "api-key-outside", load: outside };
const LAYERED: Contender = Contender { name: "api-key-layered", load: layered };
const ARGON2: Contender = Contender { name: "api-key-argon2", load: argon2 };

pub(super) fn case() -> Case {
    Case {
        name: "api-key",
        rows: vec![
            Row::new("palisade, from outside, 1,000 keys, warm", OUTSIDE, BARE_KEY).at_most_ns(350),
            Row::new("palisade, Router::layer, 1,000 keys, warm", LAYERED, BARE_KEY).at_most_ns(600),
            Row::new(
                "a warning: a key hashed by Argon2id (19 MiB, 2 passes) at each request",
                ARGON2,
                NOTHING,
            )
            .slow(),
        ],
    }
}

/// A service's keys, and one of them as it is presented.
fn keys() -> Result<(ApiKeys, Ask), Failure> {
    let (keys, presented) = thousand(None)?;
    // Lives as long as the process, as requests want it.
    let ask = Ask::palisade().with_authorization(Box::leak(format!("Bearer {presented}").into_boxed_str()));
    Ok((keys, ask))
}

/// A service's keys that may do this, and one of them.
pub(crate) fn served_keys(scope: &Scope) -> Result<(ApiKeys, String), Failure> {
    thousand(Some(scope))
}

fn thousand(scope: Option<&Scope>) -> Result<(ApiKeys, String), Failure> {
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
        record.permissions = scope.into_iter().cloned().collect();
        drop(store.write(vec![Change::Insert(record)]));
        presented = key.expose().to_owned();
    }
    Ok((ApiKeys::new(format, peppers, CachedStore::new(store)), presented))
}

fn outside() -> Result<Load, Failure> {
    let (keys, ask) = keys()?;
    load(gate(Authenticate::with(keys)).layer(router()), ask, super::token::proof(Ask::palisade()))
}

fn layered() -> Result<Load, Failure> {
    let (keys, ask) = keys()?;
    load(router().layer(gate(Authenticate::with(keys))), ask, super::token::proof(Ask::palisade()))
}

fn argon2() -> Result<Load, Failure> {
    Ok(Load::new(|times| {
        let hasher = Argon2::default();
        (0..times).try_for_each(|_| {
            let mut hash = [0; 32];
            let key = black_box(ask::TOKEN.as_bytes());
            hasher.hash_password_into(key, b"sixteen bytes...", &mut hash).map_err(Failure::setup)?;
            black_box(hash);
            Ok(())
        })
    }))
}
