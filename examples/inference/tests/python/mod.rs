//! A Python with packages of others, and the programs of `tests/clients` that it runs.

#![allow(dead_code, reason = "every file of tests uses a part of it")]

pub(crate) mod fuzz;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

static INSTALLING: Mutex<()> = Mutex::new(());

/// A program of `tests/clients`.
pub(crate) fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

/// A Python with this version of a package, in the build directory; nothing, said aloud, where there can be none.
pub(crate) fn with(package: &str, version: &str) -> Option<PathBuf> {
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{package}-{version}"));
    let python = home.join("bin/python3");
    let there = format!("import importlib.metadata as m; assert m.version('{package}') == '{version}'");
    let has = || succeeds(Command::new(&python).args(["-c", &there]));
    let pip = || {
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", &format!("{package}=={version}")])
            .status()
    };
    if !has() {
        let made = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&home));
        if !made || !pip().is_ok_and(|status| status.success()) || !has() {
            super::running::not_run("python3", &format!("python3-venv, and {package} of PyPI"));
            return None;
        }
    }
    Some(python)
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
