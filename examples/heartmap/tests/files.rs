//! Files that h5py wrote: the figures are h5py's own, and what is no sound file gets no answer, quickly.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use bytes::Bytes;
use heartmap::{
    analysis::Analysis,
    h5ad::{H5adError, Meter},
    parameters::{Parameters, Summaries},
};
use palisade::{Clock, Denial};
use running::{python, sample};
use serde_json::Value;
use std::{fs, panic, path::Path, process::Command, sync::Arc, time::Duration};

/// As good as a service on a busy machine: what takes longer is a bug, and what takes as long fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn analyse(file: Vec<u8>, parameters: &Parameters) -> Result<Value, H5adError> {
    let meter = Meter::new(&Clock::system(), PATIENCE, file.len());
    Analysis::of(Bytes::from(file), parameters, &meter).map(|it| serde_json::to_value(it).unwrap())
}

/// The same, to a millionth.
#[track_caller]
fn same(place: &str, ours: &Value, theirs: &Value) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{place}");
            theirs.iter().for_each(|(name, value)| same(&format!("{place}/{name}"), &ours[name], value));
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{place}");
            ours.iter().zip(theirs).for_each(|(ours, theirs)| same(place, ours, theirs));
        }
        (Value::Number(ours), Value::Number(theirs)) => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            assert!((ours - theirs).abs() <= 1e-6 * theirs.abs().max(1.0), "{place}: {ours} and {theirs}");
        }
        (ours, theirs) => assert_eq!(ours, theirs, "{place}"),
    }
}

/// The most memory that this process ever had, in KiB, where the system tells it.
fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

#[test]
fn figures_are_those_of_h5py() {
    let Some(python) = python() else { return };
    let home = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/write.py");
    let written = Command::new(python).arg(script).arg(home.path()).output().unwrap();
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let told = fs::read(home.path().join("expected.json")).unwrap();
    let told: Value = serde_json::from_slice(&told).unwrap();
    let parameters = &told["parameters"];
    let least = |name: &str| parameters[name].as_u64().unwrap();
    let parameters = Parameters {
        min_counts: least("min_counts"),
        min_genes: least("min_genes"),
        min_cells: least("min_cells"),
        top_genes: least("top_genes"),
        summary: Summaries::Both,
        keep_minutes: 1,
    };
    let good = told["good"].as_object().unwrap();
    assert_eq!(good.len(), 13);
    for (name, figures) in good {
        let ours = analyse(fs::read(home.path().join(name)).unwrap(), &parameters);
        same(name, &ours.unwrap_or_else(|fault| unreachable!("{name}: {fault:?}")), figures);
    }
    for (name, code) in told["bad"].as_object().unwrap() {
        let ours = analyse(fs::read(home.path().join(name)).unwrap(), &parameters);
        let fault = ours.err().unwrap_or_else(|| unreachable!("{name} has an answer"));
        assert_eq!(fault.code(), code, "{name}: {fault:?}");
    }
    if let Some(most) = most_memory() {
        assert!(most < 384 << 10, "{most} KiB");
    }
}

/// Bytes drawn from a number, the same at every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn two_thousand_damaged_files_are_answered_or_refused() {
    // The reader's own faults become refusals; their traces would hide others.
    panic::set_hook(Box::new(|_| {}));
    let files = [sample("hearts.h5ad"), sample("hearts-dense.h5ad")];
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let (mut answered, mut refused, mut panicked) = (0, 0, 0);
    for round in 0..2_000 {
        let mut file = files[round % 2].clone();
        for _ in 0..=draw.below(8) {
            let at = draw.below(file.len());
            file[at] = match draw.below(4) {
                0 => 0,
                1 => 255,
                2 => file[at] ^ (1 << draw.below(8)),
                _ => draw.below(256) as u8,
            };
        }
        if round % 20 == 0 {
            file.truncate(draw.below(file.len()));
        }
        let ended = panic::catch_unwind(|| analyse(file, &Parameters::default()));
        match ended {
            Ok(Ok(_)) => answered += 1,
            Ok(Err(H5adError::OutOfTime)) => unreachable!("round {round} took {PATIENCE:?}"),
            Ok(Err(fault)) => {
                assert_eq!(Denial::from(fault).kind().status(), 400, "round {round}");
                refused += 1;
            }
            Err(_) => panicked += 1,
        }
    }
    let _ = panic::take_hook();
    eprintln!("{answered} answered, {refused} refused, {panicked} times the reader gave up");
    assert!(answered > 100 && refused > 100, "{answered} answered, {refused} refused");
}

#[test]
fn reading_ends_when_the_time_is_over_or_nobody_waits() {
    let file = Bytes::from(sample("hearts.h5ad"));
    let now = Meter::new(&Clock::system(), Duration::ZERO, file.len());
    let ended = Analysis::of(file.clone(), &Parameters::default(), &now);
    assert!(matches!(ended, Err(H5adError::OutOfTime)), "{ended:?}");
    let left = Meter::new(&Clock::system(), PATIENCE, file.len());
    drop(heartmap::h5ad::StopOnDrop(Arc::clone(&left)));
    let ended = Analysis::of(file, &Parameters::default(), &left);
    assert!(matches!(ended, Err(H5adError::OutOfTime)), "{ended:?}");
}
