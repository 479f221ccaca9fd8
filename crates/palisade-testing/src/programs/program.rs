//! Finding a program, and saying aloud that there is none.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

/// The file that reasons are appended to, one a line.
const VARIABLE: &str = "PALISADE_NOT_RUN";

/// Where this program is: on the search path, or where Debian keeps the programs of a PostgreSQL server. Nothing, said aloud with
/// the Debian package that brings it, where there is none.
///
/// # Panics
///
/// As [`not_run`].
#[must_use]
pub fn find(program: &str, package: &str) -> Option<PathBuf> {
    let found = on_path(program);
    if found.is_none() {
        not_run(&format!("needs {program} (Debian package {package})"));
    }
    found
}

/// Says aloud that a test does not run, and why: `needs redis-server (Debian package redis-server)`.
///
/// # Panics
///
/// Where it cannot be written down: nobody would hear of it.
#[allow(clippy::print_stderr, clippy::panic, reason = "that is how it is said, and a test ends here")]
pub fn not_run(reason: &str) {
    eprintln!("NOT RUN: {reason}");
    let Some(path) = env::var_os(VARIABLE) else { return };
    if let Err(error) = append(Path::new(&path), reason) {
        panic!("{} of {VARIABLE}: {error}", path.display());
    }
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    // One write, so that lines of tests that run at once stay whole.
    fs::OpenOptions::new().create(true).append(true).open(path)?.write_all(format!("{line}\n").as_bytes())
}

/// Where this program is, without a word where it is not.
#[must_use]
pub fn on_path(program: &str) -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let servers = versions.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places = servers.chain(env::split_paths(&path)).map(|directory| directory.join(program));
    places.find(|place| place.is_file())
}

/// Whether it could be run, and ended well.
pub(super) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn programs_are_found_on_the_path_and_nowhere_else() {
        assert!(on_path("sh").unwrap().is_absolute());
        assert_eq!(on_path("no-such-program-anywhere"), None);
    }

    #[test]
    fn reasons_are_appended() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("reasons");
        append(&path, "needs a").unwrap();
        append(&path, "needs b").unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), "needs a\nneeds b\n");
    }
}
