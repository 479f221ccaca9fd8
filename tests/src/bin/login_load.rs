//! How long another route takes while 64 clients log in, beside how long it takes while nobody does; about two minutes.
//!
//! It needs a machine that does nothing else: where others want every processor too, a process that computes loses its turn as a whole.

#![allow(clippy::print_stdout, reason = "a program that prints its result")]

use std::{
    process::{Command, ExitCode},
    time::Duration,
};
use tests::login_load::{CLIENTS, Phase, Server, measure, run_server};

/// While they log in, 99 of 100 answers take at most so many times as long.
const MOST: f64 = 3.0;
const LASTING: Duration = Duration::from_secs(3);
/// By turns with and without, so that whatever else the machine does meets both.
const TURNS: usize = 16;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        runtime
            .map(|runtime| runtime.block_on(run_server()))
            .map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
    } else {
        compare()
    }
}

fn compare() -> ExitCode {
    let Ok(program) = std::env::current_exe() else { return ExitCode::FAILURE };
    let mut command = Command::new(program);
    command.arg("serve");
    let server = Server::start(command);
    // Warms everything up.
    let _ = measure(&server, 0, Duration::from_secs(1));
    let (mut idle, mut busy) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        idle.push(measure(&server, 0, LASTING));
        busy.push(measure(&server, CLIENTS, LASTING));
    }
    println!(
        "A166: {CLIENTS} clients log in; 200 requests a second to another route; {TURNS} turns of 3 s each"
    );
    let (before, during) = (tell("nobody logs in", &idle), tell("64 log in", &busy));
    let sum = |of: fn(&Phase) -> u32| busy.iter().map(of).sum::<u32>();
    let (entered, refused) = (sum(|phase| phase.entered), sum(|phase| phase.refused));
    println!(
        "  p99 {:.2} times as long, of {MOST}; logins: {entered} entered, {refused} refused, {} put off",
        during / before,
        sum(|phase| phase.put_off)
    );
    if during <= before * MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints what three quarters of the turns were worse than: other processes on the machine slow turns down, and none of them speeds one up.
/// Says the p99.
fn tell(name: &str, phases: &[Phase]) -> f64 {
    let quartile = |part| {
        let mut figures: Vec<f64> = phases.iter().map(|phase| phase.per_mille(part)).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 4).copied().unwrap_or(f64::NAN)
    };
    let [p50, p90, p99] = [500, 900, 990].map(quartile);
    let all: Vec<_> = phases.iter().map(|phase| format!("{:.2}", phase.per_mille(990))).collect();
    println!("  {name:<15} p50 {p50:.3}  p90 {p90:.3}  p99 {p99:.3} ms; p99 of each turn: {}", all.join(" "));
    p99
}
