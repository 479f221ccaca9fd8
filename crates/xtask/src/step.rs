//! One step of a run: its name, its outcome, and the line it prints.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::ValueEnum;

use crate::clock;

/// The steps of `cargo xtask test`, in the order they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// rustfmt
    Fmt,
    /// clippy on all targets and features, warnings refused
    Clippy,
    /// rustdoc, warnings refused
    Docs,
    /// programs that tests need
    Needs,
    /// unit and integration tests
    Tests,
    /// examples in the documentation
    Doctests,
    /// every feature of every crate, alone
    Features,
    /// rules that the source tree keeps
    Invariants,
    /// licences, bans and sources of dependencies, where cargo-deny is installed
    Deny,
}

impl Step {
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// What came of one step.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) ok: bool,
    /// A few words for the end of the step's line, such as how much was covered.
    pub(crate) note: String,
    /// What to print if it failed.
    pub(crate) output: String,
    /// The output was printed while the step ran.
    pub(crate) shown: bool,
    /// Reasons why something could not run.
    pub(crate) missing: Vec<String>,
}

/// Where steps print. On a terminal the line of a running step can be rewritten.
#[derive(Debug)]
pub(crate) struct Screen {
    verbose: bool,
    rewritable: bool,
}

/// Fits the longest name.
const NAME: usize = 11;

impl Screen {
    /// `verbose`: children print as they run.
    pub(crate) fn new(verbose: bool) -> Self {
        Self { verbose, rewritable: !verbose && io::stdout().is_terminal() }
    }

    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Says that `step` runs now.
    pub(crate) fn begin(&self, step: Step) {
        let name = step.name();
        match (self.rewritable, self.verbose) {
            (true, _) => print!("{name:<NAME$} …"),
            (false, true) => println!("{name}"),
            (false, false) => print!("{name:<NAME$} "),
        }
        let _ = io::stdout().flush();
    }

    /// Says what part of `step` runs now, where the line can be rewritten.
    pub(crate) fn progress(&self, step: Step, part: &str) {
        if self.rewritable {
            print!("\r\x1b[K{:<NAME$} … {part}", step.name());
            let _ = io::stdout().flush();
        }
    }

    /// Ends the line of `step`, and shows what a failed one had to say.
    pub(crate) fn end(&self, step: Step, outcome: &Outcome, duration: Duration) {
        let line = line(&step.name(), outcome, duration);
        match (self.rewritable, self.verbose) {
            (true, _) => println!("\r\x1b[K{line}"),
            (false, true) => println!("{line}"),
            (false, false) => println!("{}", line.get(NAME + 1..).unwrap_or(&line)),
        }
        if !outcome.ok && !outcome.shown {
            println!("\n{}\n", outcome.output.trim_end());
        }
    }
}

/// `clippy      FAILED   12.3s  note`.
fn line(name: &str, outcome: &Outcome, duration: Duration) -> String {
    let verdict = if outcome.ok { "ok" } else { "FAILED" };
    let line = format!("{name:<NAME$} {verdict:<6} {:>7}  {}", clock::short(duration), outcome.note);
    line.trim_end().to_owned()
}

/// `all green in 3m12s`, or `2 of 9 steps failed: clippy, tests`.
pub(crate) fn summary(steps: &[Step], failed: &[Step], duration: Duration) -> String {
    if failed.is_empty() {
        return format!("all green in {}", clock::short(duration));
    }
    let names: Vec<_> = failed.iter().map(|step| step.name()).collect();
    let noun = if steps.len() == 1 { "step" } else { "steps" };
    format!("{} of {} {noun} failed: {}", failed.len(), steps.len(), names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_aligned() {
        let check = |name, ok, note: &str, millis, expected: &str| {
            let outcome = Outcome { ok, note: note.to_owned(), ..Outcome::default() };
            assert_eq!(line(name, &outcome, Duration::from_millis(millis)), expected);
        };
        check("fmt", true, "", 1_200, "fmt         ok        1.2s");
        check("tests", false, "3 passed", 192_000, "tests       FAILED   3m12s  3 passed");
    }

    #[test]
    fn every_name_fits_its_column() {
        for step in Step::value_variants() {
            let name = step.name();
            assert!(name.len() <= NAME && name.is_ascii(), "{name}");
        }
    }

    #[test]
    fn summaries_name_what_failed() {
        let all = Step::value_variants();
        let duration = Duration::from_secs(192);
        assert_eq!(summary(all, &[], duration), "all green in 3m12s");
        assert_eq!(
            summary(all, &[Step::Clippy, Step::Tests], duration),
            "2 of 9 steps failed: clippy, tests"
        );
        assert_eq!(summary(&[Step::Fmt], &[Step::Fmt], duration), "1 of 1 step failed: fmt");
    }
}
