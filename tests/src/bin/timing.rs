//! A million samples of the timing of wrong credentials of each kind, or as many as `PALISADE_TIMING_SAMPLES` says; a million takes about a
//! minute.

#![allow(clippy::print_stdout, reason = "a program that prints its result")]

use std::process::ExitCode;
use tests::timing::{Compared, welch_t};

/// Beyond this, time depends on the secret (dudect's threshold).
const THRESHOLD: f64 = 4.5;

fn main() -> ExitCode {
    let said = std::env::var("PALISADE_TIMING_SAMPLES").ok();
    let Some(samples) = said.map_or(Some(1_000_000_usize), |number| number.parse().ok()) else {
        println!("PALISADE_TIMING_SAMPLES: a number of samples");
        return ExitCode::FAILURE;
    };
    let mut good = true;
    for (name, compared) in [("a static token", Compared::StaticToken), ("HS256", Compared::Hs256)] {
        let t = welch_t(compared, samples);
        println!("A047, {name}: |t| = {:.2} of {THRESHOLD} over {samples} samples of each class", t.abs());
        good &= t.abs() < THRESHOLD;
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
