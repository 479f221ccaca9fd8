//! The commands of this repository, run as `cargo xtask <command>`.

mod attacks;
mod bench;
mod cargo;
mod clock;
mod features;
mod figures;
mod invariants;
mod lock;
mod metadata;
mod needs;
mod not_run;
mod results;
mod soak;
mod step;
mod table;
mod test;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// The commands of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything a green build means: format, lints, docs, tests, features, invariants
    Test(test::Args),
    /// Measure, and print one table; arguments go to the benchmarks
    Bench(bench::Args),
    /// What takes more than a minute: timing, memory, fuzzing; one table at the end
    Soak(soak::Args),
    /// Where each attack of the catalogue is tried
    Attacks,
    /// Rewrite the security.lock files from the routes as they are now
    Lock,
    /// Draw docs/performance.svg from the tables of docs/performance.md
    Figures,
}

fn main() -> ExitCode {
    let root = workspace_root();
    let green = match Cli::parse().command {
        Some(Command::Test(args)) => test::run(&root, &args),
        Some(Command::Bench(args)) => bench::run(&root, &args),
        Some(Command::Soak(args)) => soak::run(&root, &args),
        Some(Command::Attacks) => attacks::run(&root),
        Some(Command::Lock) => lock::run(&root),
        Some(Command::Figures) => figures::run(&root),
        None => Cli::command().print_help().is_ok(),
    };
    if green { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Two directories above this package: `crates/xtask`.
fn workspace_root() -> PathBuf {
    let package =
        std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&package).ancestors().nth(2).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_names_every_command_on_one_line() {
        let help = Cli::command().render_help().to_string();
        for name in ["test", "bench", "soak", "attacks", "lock", "figures"] {
            assert!(
                help.lines().any(|line| line.trim_start().starts_with(name)),
                "{name} is missing in\n{help}"
            );
        }
    }

    #[test]
    fn root_holds_the_workspace_manifest() {
        assert!(workspace_root().join("crates/xtask/Cargo.toml").is_file());
    }
}
