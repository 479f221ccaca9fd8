//! The declarations as a file under version control.

use crate::{routes::Routes, table::Row};
use diff::Line;
use std::{
    collections::BTreeSet,
    env, fmt, fs, io,
    path::{Path, PathBuf},
};

pub use diff::LockDiff;

mod diff;
mod opening;

/// Who may call what, one line for each method and path, as a committed file holds it.
///
/// A test compares the routes with the file, so that a route cannot open without a line of a diff that somebody reads:
///
/// ```
/// # use palisade_routes::{Routes, get};
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("security.lock");
/// let closed: Routes = Routes::new().route("/models", get(async || "[]").authenticated());
/// closed.lock().write(&path)?;
/// assert!(closed.lock().check(&path).is_ok());
///
/// let open: Routes = Routes::new().route("/models", get(async || "[]").public());
/// let error = open.lock().check(&path).unwrap_err().to_string();
/// assert!(error.contains("- GET      /models  authenticated\n"));
/// assert!(error.contains("+ GET      /models  public   ← this route opens\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// [`assert_lock!`](crate::assert_lock) says the same in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock(BTreeSet<Line>);

const HEADING: &str =
    "# Who may call what. Compared by a test; `PALISADE_LOCK=update cargo test` writes it anew.\n";

impl<S> Routes<S> {
    /// The declarations as lines for a lock file.
    #[must_use]
    pub fn lock(&self) -> Lock {
        Lock(self.table().iter().map(Line::from).collect())
    }
}

impl From<&Row> for Line {
    fn from(row: &Row) -> Self {
        Self { path: row.template(), verb: row.verb().to_string(), words: row.words() }
    }
}

impl Lock {
    /// Compares with a file; with `PALISADE_LOCK=update` in the environment, rewrites the file instead.
    ///
    /// # Errors
    ///
    /// Every line that differs; or that the file is not there, cannot be read, or cannot be written.
    pub fn check(&self, path: impl AsRef<Path>) -> Result<(), LockError> {
        let update = env::var_os("PALISADE_LOCK").is_some_and(|wish| wish == "update");
        self.check_or_update(path.as_ref(), update)
    }

    fn check_or_update(&self, path: &Path, update: bool) -> Result<(), LockError> {
        let failed = |error| LockError { path: path.to_owned(), cause: Cause::Io(error) };
        let found = match fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if update {
                    return self.write(path).map_err(failed);
                }
                return Err(LockError { path: path.to_owned(), cause: Cause::Missing });
            }
            Err(error) => return Err(failed(error)),
        };
        let diff = LockDiff::between(&found.0, &self.0);
        if diff.is_empty() {
            Ok(())
        } else if update {
            self.write(path).map_err(failed)
        } else {
            Err(LockError { path: path.to_owned(), cause: Cause::Differs(diff) })
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        fs::write(path, self.to_string())
    }

    fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        Self(lines.map(Line::parse).collect())
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADING)?;
        self.0.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// The routes and the lock file do not say the same.
#[derive(Debug)]
pub struct LockError {
    path: PathBuf,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Missing,
    Io(io::Error),
    Differs(LockDiff),
}

impl LockError {
    /// The lines that differ, where the file could be read.
    #[must_use]
    pub const fn diff(&self) -> Option<&LockDiff> {
        match &self.cause {
            Cause::Differs(diff) => Some(diff),
            Cause::Missing | Cause::Io(_) => None,
        }
    }
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.cause {
            Cause::Missing => {
                write!(
                    f,
                    "{path} is not there; create it with `PALISADE_LOCK=update cargo test`, and commit it"
                )
            }
            Cause::Io(error) => write!(f, "{path}: {error}"),
            Cause::Differs(diff) => write!(
                f,
                "{path} does not say what the routes say:\n{diff}If this is meant, write it anew with `PALISADE_LOCK=update cargo \
                 test`, and commit it."
            ),
        }
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Io(error) => Some(error),
            Cause::Missing | Cause::Differs(_) => None,
        }
    }
}

/// Fails the test when routes and their lock file differ; the path is relative to the package's manifest.
///
/// # Panics
///
/// With every line that differs, or with how to create the file.
///
/// ```no_run
/// # use palisade_routes::{Routes, assert_lock};
/// # fn api() -> Routes { Routes::new() }
/// assert_lock!(api(), "security.lock");
/// ```
#[macro_export]
macro_rules! assert_lock {
    ($routes:expr, $path:expr $(,)?) => {{
        let path = ::std::path::Path::new(::core::env!("CARGO_MANIFEST_DIR")).join($path);
        if let ::core::result::Result::Err(error) = $routes.lock().check(path) {
            ::core::panic!("{error}");
        }
    }};
}

#[cfg(test)]
mod tests;
