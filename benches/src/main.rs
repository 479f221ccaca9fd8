//! What palisade costs, beside what others cost, in one run.

mod allocations;
mod ask;
mod case;
mod clock;
mod failure;
mod figures;
mod limiters;
mod load;
mod measure;
mod memory;
mod served;
mod simulate;
mod table;
mod tokens;
mod valgrind;
mod versions;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::{path::PathBuf, process::ExitCode};

/// Instructions a request, beside other libraries, with bounds
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Args {
    /// Cases to measure; all where none is named
    cases: Vec<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Names the cases
    List,
    /// What gates allocate
    Allocations,
    /// What counters weigh, and how they stand a flood of strangers
    Memory {
        /// Only this one, in this process
        #[arg(long)]
        only: Option<memory::Scenario>,
    },
    /// Feeds the same bursts to every algorithm, and draws what each admits
    Simulate {
        /// Where the picture goes
        #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/rate-limit-algorithms.svg"))]
        out: PathBuf,
    },
    /// Limiters beside one another: instructions, one client and a million, one thread and two
    Limiters {
        /// Only decisions of stores: no requests, and nothing that valgrind counts
        #[arg(long)]
        decisions: bool,
    },
    /// Signed tokens beside raw signatures and jsonwebtoken: time, anew and remembered
    Tokens,
    /// A guarded server beside a bare one, over loopback: processor time and requests a second
    Served,
    /// One of those servers, until its input ends
    #[command(hide = true)]
    Serve { kind: served::server::Kind },
    /// Lets one contender work; what valgrind is asked to count
    Run { contender: String, times: u64 },
}

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            if failure.is_missing_tool() {
                println!("NOT RUN: {failure}");
            } else {
                eprintln!("{failure}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Whether every bound is kept.
fn run(args: &Args) -> Result<bool, Failure> {
    match &args.command {
        None => figures::print(&args.cases),
        Some(Command::List) => {
            for case in case::all() {
                println!("{}", case.name);
                for row in case.rows {
                    println!("    {:24} {}", row.contender.name, row.label);
                }
            }
            Ok(true)
        }
        Some(Command::Allocations) => allocations::print(),
        Some(Command::Memory { only: None }) => memory::print(),
        Some(Command::Memory { only: Some(scenario) }) => memory::run(*scenario).map(|()| true),
        Some(Command::Simulate { out }) => simulate::print(out),
        Some(Command::Limiters { decisions }) => limiters::print(*decisions),
        Some(Command::Tokens) => tokens::print(),
        Some(Command::Served) => served::print(),
        Some(Command::Serve { kind }) => served::server::run(*kind).map(|()| true),
        Some(Command::Run { contender, times }) => {
            case::contender(contender)?.load()?.work(*times)?;
            Ok(true)
        }
    }
}
