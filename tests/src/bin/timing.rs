//! A million samples of the timing of wrong tokens; takes about a minute.

#![allow(clippy::print_stdout, reason = "a program that prints its result")]

use std::process::ExitCode;

/// Beyond this, time depends on the secret (dudect's threshold).
const THRESHOLD: f64 = 4.5;

fn main() -> ExitCode {
    let t = tests::timing::welch_t(1_000_000);
    println!("A047: |t| = {:.2} of {THRESHOLD} over 1,000,000 samples of each class", t.abs());
    if t.abs() < THRESHOLD { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
