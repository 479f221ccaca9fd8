//! What could not run on this machine, by reason. In CI that is a failure.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// A test that cannot run appends one line with its reason to the file this variable names.
pub(crate) const VARIABLE: &str = "PALISADE_NOT_RUN";

/// Reasons, and how often each was given.
#[derive(Debug, Default)]
pub(crate) struct NotRun(BTreeMap<String, usize>);

impl NotRun {
    /// A whole command went without; tests that gave the same reason already stand for it.
    pub(crate) fn note(&mut self, reason: String) {
        self.0.entry(reason).or_insert(1);
    }

    /// Counts one test a line.
    pub(crate) fn collect(&mut self, lines: &str) {
        let mut counted = BTreeMap::new();
        for line in lines.lines() {
            let reason = line.trim().trim_start_matches("NOT RUN").trim_start_matches(':').trim();
            if !reason.is_empty() {
                *counted.entry(reason.to_owned()).or_insert(0) += 1;
            }
        }
        self.0.extend(counted);
    }

    pub(crate) fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// `NOT RUN 3: needs redis-server (Debian package redis-server)`.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(reason, count)| format!("NOT RUN {count}: {reason}"))
    }
}

/// Prints what did not run and says whether that is acceptable: not in CI.
pub(crate) fn report(not_run: &NotRun) -> bool {
    for line in not_run.lines() {
        println!("{line}");
    }
    not_run.total() == 0 || !in_ci()
}

/// Whether the variable `CI` is set and not empty.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// The file that tests append to, removed with this value.
#[derive(Debug)]
pub(crate) struct Reports(PathBuf);

impl Reports {
    /// Beside the running program, which is the build directory.
    pub(crate) fn create() -> Self {
        let program = env::current_exe().unwrap_or_default();
        let directory = program.parent().map_or_else(env::temp_dir, Path::to_path_buf);
        let path = directory.join(format!("not-run-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// What was appended so far; nothing if no test had a reason to.
    pub(crate) fn read(&self) -> String {
        fs::read(&self.0).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted() {
        let mut not_run = NotRun::default();
        not_run.collect("needs redis-server\nNOT RUN: needs postgres\n\nNOT RUN needs redis-server\n");
        not_run.note("needs redis-server".into());
        not_run.note("needs valgrind".into());
        let lines: Vec<_> = not_run.lines().collect();
        assert_eq!(
            lines,
            ["NOT RUN 1: needs postgres", "NOT RUN 2: needs redis-server", "NOT RUN 1: needs valgrind"]
        );
        assert_eq!(not_run.total(), 4);
    }

    #[test]
    fn tests_replace_the_note_for_their_reason() {
        let mut not_run = NotRun::default();
        not_run.note("needs redis-server".into());
        not_run.collect("needs redis-server\nneeds redis-server\nneeds redis-server\n");
        assert_eq!(not_run.lines().collect::<Vec<_>>(), ["NOT RUN 3: needs redis-server"]);
    }

    #[test]
    fn reports_are_read_and_removed() {
        let reports = Reports::create();
        assert_eq!(reports.read(), "");
        fs::write(reports.path(), "needs x\n").unwrap();
        assert_eq!(reports.read(), "needs x\n");
        let path = reports.path().to_path_buf();
        drop(reports);
        assert!(!path.exists());
    }
}
