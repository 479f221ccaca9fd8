//! `cargo xtask bench`: the package `benches`, which prints its own table.

use std::path::Path;

use crate::cargo;
use crate::needs::{self, For};
use crate::not_run::{self, NotRun};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Passed on unchanged
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(root: &Path, args: &Args) -> bool {
    let mut not_run = NotRun::default();
    for need in needs::provide(For::Bench, false, |package| println!("installing {package}")) {
        not_run.note(need.reason());
    }
    let mut command = cargo::cargo(root);
    command.args(["run", "--profile", "bench", "-p", "benches", "--"]).args(&args.arguments);
    let ok = cargo::attach(command);
    not_run::report(&not_run) && ok
}
