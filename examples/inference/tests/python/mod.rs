//! A Python with packages of others, and the programs of `tests/clients` that it runs.

#![allow(dead_code, reason = "every file of tests uses a part of it")]

pub(crate) mod fuzz;

use palisade_testing::programs::Python;
use std::path::{Path, PathBuf};

/// A program of `tests/clients`.
pub(crate) fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// A Python with this version of a package, in the build directory; nothing, said aloud, where there can be none.
pub(crate) fn with(package: &str, version: &str) -> Option<PathBuf> {
    let there = format!("import importlib.metadata as m; assert m.version('{package}') == '{version}'");
    let (requirement, missing) =
        (format!("{package}=={version}"), format!("python3-venv, and {package} of PyPI"));
    Python::with(&there, &requirement, &missing).find(Path::new(env!("CARGO_TARGET_TMPDIR")))
}
