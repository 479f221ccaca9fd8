//! Guards that are configured away.

use super::{
    Case, Contender, Row,
    bare::{BARE, router},
};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
};
use palisade_core::{Authenticate, Guard as _, gate, guard_fn};
use tower::Layer as _;

const ONE: Contender = Contender { name: "absent-one", load: one };
const FIVE: Contender = Contender { name: "absent-five", load: five };
const OPEN: Contender = Contender { name: "open-one", load: open };
const FIVE_GATES: Contender = Contender { name: "absent-five-gates", load: five_gates };
const FIVE_LAYERS: Contender = Contender { name: "absent-five-layers", load: five_layers };

pub(super) fn case() -> Case {
    Case {
        name: "absent",
        rows: vec![
            Row::new("one absent guard, from outside", ONE, BARE).at_most(350),
            Row::new("five in one gate, from outside", FIVE, BARE).at_most(550).aiming_at(462),
            Row::new("one guard that lets all pass, with facts, from outside", OPEN, BARE),
            Row::new("five gates, from outside", FIVE_GATES, BARE),
            Row::new("five gates, five Router::layer", FIVE_LAYERS, BARE),
        ],
    }
}

const NONE: Option<Authenticate> = None;

fn one() -> Result<Load, Failure> {
    load(gate(NONE).layer(router()), Ask::palisade(), Proof::default())
}

fn five() -> Result<Load, Failure> {
    let chain = NONE.then(NONE).then(NONE).then(NONE).then(NONE);
    load(gate(chain).layer(router()), Ask::palisade(), Proof::default())
}

fn open() -> Result<Load, Failure> {
    load(gate(guard_fn(|_, _| Ok(()))).layer(router()), Ask::palisade(), Proof::default())
}

fn five_gates() -> Result<Load, Failure> {
    let two = gate(NONE).layer(gate(NONE).layer(router()));
    let four = gate(NONE).layer(gate(NONE).layer(two));
    load(gate(NONE).layer(four), Ask::palisade(), Proof::default())
}

fn five_layers() -> Result<Load, Failure> {
    let router = (0..5).fold(router(), |router, _| router.layer(gate(NONE)));
    load(router, Ask::palisade(), Proof::default())
}
