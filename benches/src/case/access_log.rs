//! One line a request.

use super::{Case, Contender, Row, bare::router};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
};
use palisade::AccessLog;
use palisade_core::{Envelope, Format, gate, guard_fn};
use std::io;
use tower::Layer as _;

const JSON: Contender = Contender { name: "access-log-json", load: json };
const TEXT: Contender = Contender { name: "access-log-text", load: text };
const OPEN: Contender = Contender { name: "access-log-none", load: open };

pub(super) fn case() -> Case {
    let row = |label, contender| Row::new(label, contender, OPEN).at_most_ns(1_500);
    Case {
        name: "access-log",
        rows: vec![
            row("one line of JSON, above the same gate without it", JSON),
            row("one line of text, above the same gate without it", TEXT),
        ],
    }
}

const ENVELOPE: Envelope = Envelope::new(Format::Json);

fn open() -> Result<Load, Failure> {
    load(
        gate(guard_fn(|_, _| Ok(()))).with_envelope(ENVELOPE).layer(router()),
        Ask::palisade(),
        Proof::default(),
    )
}

fn json() -> Result<Load, Failure> {
    let log = AccessLog::json(io::sink()).build().map_err(Failure::setup)?;
    load(gate(log).with_envelope(ENVELOPE).layer(router()), Ask::palisade(), Proof::default())
}

fn text() -> Result<Load, Failure> {
    let log = AccessLog::text(io::sink()).build().map_err(Failure::setup)?;
    load(gate(log).with_envelope(ENVELOPE).layer(router()), Ask::palisade(), Proof::default())
}
