//! A gate whose request has facts already: they are what the first gate allocates, and nobody else should.

use super::{
    Case, Contender, Row,
    bare::{BARE, BARE_TOKEN, router},
    limit::by_address,
    token::authenticate,
};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
};
use palisade_core::{Authenticate, Chain, ClientIp, gate, guard_fn};
use palisade_limit::Headers;
use tower::Layer as _;

const FIRST: Contender = Contender { name: "first-gate", load: first };
const FIRST_TOKEN: Contender = Contender { name: "first-gate-token", load: first_token };
const ABSENT: Contender = Contender { name: "second-absent", load: absent };
const ADDRESS: Contender = Contender { name: "second-address", load: address };
const TOKEN: Contender = Contender { name: "second-token", load: token };
const COUNTS: Contender = Contender { name: "second-counts", load: counts };
const TELLS: Contender = Contender { name: "second-tells", load: tells };

pub(super) fn case() -> Case {
    let second = |label, contender, base| Row::new(label, contender, base).at_most_allocations(0);
    Case {
        name: "allocations",
        rows: vec![
            Row::new("the first gate: facts, and their place in the request", FIRST, BARE),
            Row::new("the first gate, of a request with a token", FIRST_TOKEN, BARE_TOKEN),
            second("a second gate: an absent guard", ABSENT, FIRST),
            second("a second gate: the client's address", ADDRESS, FIRST),
            second("a second gate: a static token", TOKEN, FIRST_TOKEN),
            second("a second gate: address and limit, no headers", COUNTS, FIRST),
            Row::new("a second gate: address and limit, three headers", TELLS, FIRST),
        ],
    }
}

const NONE: Option<Authenticate> = None;

/// Lets everything pass; a gate of absent guards would make no facts.
fn open() -> impl Chain {
    guard_fn(|_, _| Ok(()))
}

/// A gate inside a gate that lets everything pass.
fn behind_first(chain: impl Chain, ask: Ask) -> Result<Load, Failure> {
    load(gate(open()).layer(gate(chain).layer(router())), ask, Proof::default())
}

fn first() -> Result<Load, Failure> {
    load(gate(open()).layer(router()), Ask::palisade(), Proof::default())
}

fn first_token() -> Result<Load, Failure> {
    load(gate(open()).layer(router()), Ask::palisade().with_token(), Proof::default())
}

fn absent() -> Result<Load, Failure> {
    behind_first(NONE, Ask::palisade())
}

fn address() -> Result<Load, Failure> {
    behind_first(ClientIp::peer(), Ask::palisade())
}

fn token() -> Result<Load, Failure> {
    behind_first(authenticate()?, Ask::palisade().with_token())
}

fn counts() -> Result<Load, Failure> {
    behind_first(by_address(Headers::None)?, Ask::palisade())
}

fn tells() -> Result<Load, Failure> {
    behind_first(by_address(Headers::XRateLimit)?, Ask::palisade())
}
