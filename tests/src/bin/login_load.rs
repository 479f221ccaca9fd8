//! How long another route takes while 64 clients log in, beside how long it takes while nobody does; about two minutes.

#![allow(clippy::print_stdout, reason = "a program that prints its result")]

use std::{
    process::{Command, ExitCode},
    time::Duration,
};
use tests::login_load::{CLIENTS, Phase, Server, measure, run_server};

/// While they log in, 99 of 100 answers take at most so many times as long.
const MOST: f64 = 3.0;
const LASTING: Duration = Duration::from_secs(15);
/// Another process on the same core spoils a run; logins that starve others spoil all of them.
const RUNS: usize = 3;

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
    let _ = measure(&server, 0, Duration::from_secs(2));
    let mut good = false;
    for run in 1..=RUNS {
        let (idle, busy) = (measure(&server, 0, LASTING), measure(&server, CLIENTS, LASTING));
        let ratio = busy.per_mille(990) / idle.per_mille(990);
        println!("A166, run {run} of {RUNS}: {} logging in, 200 requests a second to another route", CLIENTS);
        tell("nobody logs in", &idle);
        tell("64 log in", &busy);
        println!(
            "  p99 {ratio:.2} times as long, of {MOST}; logins: {} entered, {} refused, {} put off",
            busy.entered, busy.refused, busy.put_off
        );
        good |= ratio <= MOST;
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell(name: &str, phase: &Phase) {
    let [p50, p90, p99, p999] = [500, 900, 990, 999].map(|part| phase.per_mille(part));
    println!(
        "  {name:<15} p50 {p50:.3}  p90 {p90:.3}  p99 {p99:.3}  p99.9 {p999:.3} ms, {} answers",
        phase.times.len()
    );
}
