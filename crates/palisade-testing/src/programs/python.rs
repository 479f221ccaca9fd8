//! A Python that has the packages of others, for clients in Python.

use super::program::{not_run, succeeds};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

/// One at a time: tests of one file ask for the same at once.
static INSTALLING: Mutex<()> = Mutex::new(());

/// A Python with a package: this machine's own where it has it, or a virtual environment.
///
/// ```no_run
/// use palisade_testing::programs::Python;
/// use std::path::Path;
///
/// // In an integration test: Path::new(env!("CARGO_TARGET_TMPDIR")).
/// let directory = Path::new("target/tmp");
/// let client = Python::with("import requests", "requests==2.32.5", "python3-requests");
/// let Some(python) = client.find(directory) else { return };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Python<'a> {
    can: &'a str,
    requirement: &'a str,
    package: &'a str,
}

impl<'a> Python<'a> {
    /// One that runs the program `can`, usually an import; pip's `requirement` for an environment that can; and the Debian package
    /// to name where there is neither.
    #[must_use]
    pub const fn with(can: &'a str, requirement: &'a str, package: &'a str) -> Self {
        Self { can, requirement, package }
    }

    /// The interpreter: this machine's, or one in an environment below `directory`, which is made where it is not there yet and
    /// stays. Nothing, said aloud, where neither can be had.
    ///
    /// # Panics
    ///
    /// As [`not_run`].
    #[must_use]
    pub fn find(self, directory: &Path) -> Option<PathBuf> {
        let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        let found = ["python3", "/usr/bin/python3"].map(PathBuf::from).into_iter().find(|one| self.fits(one));
        let found = found.or_else(|| self.environment(directory));
        if found.is_none() {
            not_run(&format!("needs python3 (Debian package {})", self.package));
        }
        found
    }

    fn fits(self, python: &Path) -> bool {
        succeeds(Command::new(python).args(["-c", self.can]))
    }

    /// Named by what is in it, so that another version is another environment.
    fn environment(self, directory: &Path) -> Option<PathBuf> {
        let name = self.requirement.replace(|char: char| !char.is_ascii_alphanumeric() && char != '.', "-");
        let home = directory.join(format!("python-{name}"));
        let python = home.join("bin/python3");
        if !self.fits(&python) {
            let pip = ["-m", "pip", "install", "--quiet", self.requirement];
            let made = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&home))
                && succeeds(Command::new(&python).args(pip));
            if !made || !self.fits(&python) {
                return None;
            }
        }
        Some(python)
    }
}
