//! The access log by itself: a gate with it, less the same gate without.

use crate::{
    ask::Ask,
    case::bare::router,
    clock::process_nanos,
    failure::Failure,
    load::{Load, Proof, load},
};
use palisade::AccessLog;
use palisade_core::{Envelope, Format, gate, guard_fn};
use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

const GO: u64 = 2_000;
const GOES: usize = 61;

/// Processor time of one line, of all threads, in nanoseconds: the median.
pub(super) fn nanos() -> Result<f64, Failure> {
    let counted = Counted::default();
    let file = tempfile()?;
    let log = AccessLog::json(Tee(file, counted.clone())).build().map_err(Failure::setup)?;
    let mut logged = with(gate(log).with_envelope(Envelope::new(Format::Json)))?;
    let mut base = with(gate(guard_fn(|_, _| Ok(()))).with_envelope(Envelope::new(Format::Json)))?;
    let mut differences = Vec::with_capacity(GOES);
    for _ in 0..GOES {
        let start = process_nanos();
        base.work(GO)?;
        let turn = process_nanos();
        logged.work(GO)?;
        // What the writer does for this go is done before the next one begins, and counts for this one.
        std::thread::sleep(std::time::Duration::from_millis(30));
        let end = process_nanos();
        differences.push(((end - turn) as f64 - (turn - start) as f64) / GO as f64);
    }
    drop(logged);
    let (lines, asked) = (counted.0.load(Relaxed), GO * GOES as u64 + 1);
    if lines != asked {
        return Err(Failure::setup(format!("{lines} lines of {asked} requests")));
    }
    super::median(differences.into_iter())
}

fn with<L, S, B>(layer: L) -> Result<Load, Failure>
where
    L: tower::Layer<axum::Router, Service = S>,
    S: tower::Service<
            http::Request<axum::body::Body>,
            Response = http::Response<B>,
            Error = std::convert::Infallible,
        > + Clone
        + 'static,
    B: http_body::Body<Data = bytes::Bytes>,
{
    load(layer.layer(router()), Ask::palisade(), Proof::default())
}

/// A file that has no name any more.
pub(super) fn tempfile() -> io::Result<std::fs::File> {
    let path = std::env::temp_dir().join(format!("palisade-bench-{}.log", std::process::id()));
    let file = std::fs::OpenOptions::new().create_new(true).write(true).open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

#[derive(Clone, Debug, Default)]
struct Counted(Arc<AtomicU64>);

/// Writes to the first, and counts lines; its cost is the log's, so that none is forgotten.
struct Tee(std::fs::File, Counted);

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        let lines = bytes.iter().take(written).filter(|byte| **byte == b'\n').count();
        (self.1).0.fetch_add(lines as u64, Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
