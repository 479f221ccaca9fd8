//! `cargo xtask test`: everything a green build means.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::Command;

use clap::ValueEnum;

use crate::clock::Stopwatch;
use crate::needs::For;
use crate::not_run::{self, NotRun, Reports};
use crate::results::{Counts, without_passing};
use crate::step::{Outcome, Screen, Step, summary};
use crate::{cargo, features, invariants, metadata, needs};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run these steps alone, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "STEPS")]
    only: Vec<Step>,
    /// Show the output of every command while it runs
    #[arg(long, short)]
    verbose: bool,
}

struct Run<'a> {
    root: &'a Path,
    screen: Screen,
    reports: Reports,
}

pub(crate) fn run(root: &Path, args: &Args) -> bool {
    let steps = chosen(&args.only);
    let run = Run { root, screen: Screen::new(args.verbose), reports: Reports::create() };
    let whole = Stopwatch::start();
    let mut failed = Vec::new();
    let mut not_run = NotRun::default();
    for &step in &steps {
        run.screen.begin(step);
        let stopwatch = Stopwatch::start();
        let outcome = run.step(step);
        run.screen.end(step, &outcome, stopwatch.elapsed());
        outcome.missing.into_iter().for_each(|reason| not_run.note(reason));
        if !outcome.ok {
            failed.push(step);
        }
    }
    not_run.collect(&run.reports.read());

    let complete = not_run::report(&not_run);
    let mut line = summary(&steps, &failed, whole.elapsed());
    if !complete {
        let total = not_run.total();
        line = match failed.is_empty() {
            true => format!("failed: {total} did not run, and in CI everything must"),
            false => format!("{line}; {total} did not run"),
        };
    }
    println!("{line}");
    failed.is_empty() && complete
}

/// All steps, or the ones asked for; in the order of [`Step`], each once.
fn chosen(only: &[Step]) -> Vec<Step> {
    Step::value_variants().iter().copied().filter(|step| only.is_empty() || only.contains(step)).collect()
}

impl Run<'_> {
    fn step(&self, step: Step) -> Outcome {
        match step {
            // Quiet, it would not show the difference.
            Step::Fmt => self.outcome(self.command(&["fmt", "--all", "--check"])),
            Step::Clippy => self.clippy(),
            Step::Docs => self.docs(),
            Step::Needs => self.needs(),
            // Not --all-targets, which would run the benchmarks.
            Step::Tests => self.tests(&["--lib", "--bins", "--tests", "--examples"]),
            Step::Doctests => self.tests(&["--doc"]),
            Step::Features => self.features(),
            Step::Invariants => self.invariants(),
            Step::Deny => self.deny(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = cargo::quick_cargo(self.root);
        command.args(arguments);
        // Children write into a pipe and would drop their colours.
        if io::stdout().is_terminal() && std::env::var_os("CARGO_TERM_COLOR").is_none() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        command
    }

    /// [`Self::command`] without the list of what was compiled, unless all is wanted.
    fn build(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        if !self.screen.is_verbose() {
            command.arg("--quiet");
        }
        command
    }

    fn outcome(&self, command: Command) -> Outcome {
        let line = cargo::line(&command);
        let output = cargo::capture(command, self.screen.is_verbose());
        Outcome {
            ok: output.ok,
            output: format!("$ {line}\n{}", output.text),
            shown: self.screen.is_verbose(),
            ..Outcome::default()
        }
    }

    fn clippy(&self) -> Outcome {
        let mut command =
            self.build(&["clippy", "--workspace", "--all-targets", "--all-features", "--keep-going"]);
        command.args(["--", "-D", "warnings"]);
        self.outcome(command)
    }

    fn docs(&self) -> Outcome {
        let mut command = self.build(&["doc", "--workspace", "--no-deps", "--all-features", "--keep-going"]);
        command.env("RUSTDOCFLAGS", "-D warnings");
        self.outcome(command)
    }

    fn needs(&self) -> Outcome {
        let missing = needs::provide(For::Test, self.screen.is_verbose(), |package| {
            self.screen.progress(Step::Needs, &format!("installing {package}"));
        });
        let present = needs::count(For::Test) - missing.len();
        Outcome {
            ok: true,
            note: format!("{present} present, {} missing", missing.len()),
            missing: missing.iter().map(needs::Need::reason).collect(),
            ..Outcome::default()
        }
    }

    fn tests(&self, targets: &[&str]) -> Outcome {
        let mut command = self.build(&["test", "--workspace", "--all-features", "--no-fail-fast"]);
        command.args(targets).env(not_run::VARIABLE, self.reports.path());
        let mut outcome = self.outcome(command);
        outcome.note = Counts::read(&outcome.output).to_string();
        outcome.output = without_passing(&outcome.output);
        outcome
    }

    /// Warnings are clippy's business: a part that only one feature uses may be idle without it.
    fn features(&self) -> Outcome {
        let packages = match metadata::packages(self.root) {
            Ok(packages) => packages,
            Err(output) => return Outcome { output, ..Outcome::default() },
        };
        let checks = features::checks(&packages);
        let note = format!("{} checks", checks.len());
        let mut whole = Outcome { ok: true, note, shown: self.screen.is_verbose(), ..Outcome::default() };
        for check in &checks {
            self.screen.progress(Step::Features, &check.label());
            let outcome = self.outcome(self.build(&check.arguments()));
            if !outcome.ok {
                whole.ok = false;
                whole.output.push_str(&outcome.output);
            }
        }
        whole
    }

    fn invariants(&self) -> Outcome {
        match invariants::check(self.root) {
            Ok(report) => {
                let lines: Vec<_> = report.violations.iter().map(ToString::to_string).collect();
                Outcome {
                    ok: lines.is_empty(),
                    note: format!("{} files, {} violations", report.files, lines.len()),
                    output: lines.join("\n"),
                    ..Outcome::default()
                }
            }
            Err(output) => Outcome { output, ..Outcome::default() },
        }
    }

    /// Not among the needs: it takes minutes to build, and what it finds is found by anybody who has it.
    fn deny(&self) -> Outcome {
        if !needs::is_installed("cargo-deny") {
            let note = "not installed: cargo install cargo-deny --locked".to_owned();
            return Outcome { ok: true, note, ..Outcome::default() };
        }
        self.outcome(self.command(&["deny", "--locked", "check", "licenses", "bans", "sources"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_their_order() {
        assert_eq!(chosen(&[]), Step::value_variants());
        assert_eq!(chosen(&[Step::Tests, Step::Fmt, Step::Tests]), [Step::Fmt, Step::Tests]);
    }
}
