//! A million timed refusals of keys; takes about a minute.

#![allow(clippy::print_stdout, reason = "a program that prints its result")]

use std::process::ExitCode;
use tests::keys::Fate;

/// How far medians may lie apart.
const APART: f64 = 0.05;

fn main() -> ExitCode {
    let medians = tests::key_timing::medians(200_000);
    for (fate, nanos) in Fate::REFUSED.iter().zip(medians) {
        println!("A054: {fate:?}: median {nanos:.0} ns over 200,000 samples");
    }
    let (least, most) =
        medians.iter().fold((f64::MAX, 0.0_f64), |(least, most), it| (it.min(least), it.max(most)));
    let apart = most / least - 1.0;
    println!("A054: medians lie {:.1} % apart, of {:.0} %", apart * 100.0, APART * 100.0);
    if apart <= APART { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
