//! A thousand samples of how long each kind of refused login takes; about three minutes.

#![allow(clippy::print_stdout, reason = "a program that prints its result")]

use palisade::jwt::login::HashCost;
use std::process::ExitCode;
use tests::login::{mann_whitney_z, median, refusals};

/// p < 0.01, on both sides.
const THRESHOLD: f64 = 2.58;
/// Another process on the same core shifts one run; a leak shifts all of them.
const RUNS: usize = 3;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    for run in 1..=RUNS {
        let times = refusals(HashCost::default(), 1_000).await;
        let names = ["unknown user", "wrong password", "disabled user"];
        let mut good = true;
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let (one, other) = (median(&times[a]), median(&times[b]));
            let (apart, z) = ((one - other).abs() / one.min(other), mann_whitney_z(&times[a], &times[b]));
            println!(
                "A159: {} and {}: medians {:.2} and {:.2} ms, {:.2} % apart of 5, |z| = {:.2} of {THRESHOLD}",
                names[a],
                names[b],
                one / 1e6,
                other / 1e6,
                apart * 100.0,
                z.abs()
            );
            good &= apart <= 0.05 && z.abs() <= THRESHOLD;
        }
        if good {
            return ExitCode::SUCCESS;
        }
        println!("A159: run {run} of {RUNS} shows a difference");
    }
    ExitCode::FAILURE
}
