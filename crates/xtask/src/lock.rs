//! `cargo xtask lock`: the tests that compare routes with `security.lock` rewrite it instead.

use std::path::Path;

use crate::cargo;

pub(crate) fn run(root: &Path) -> bool {
    let mut command = cargo::cargo(root);
    command.args([
        "test",
        "-p",
        "tests",
        "-p",
        "deepaas",
        "-p",
        "inference",
        "-p",
        "face",
        "-p",
        "reliability",
        "lock",
    ]);
    command.env("PALISADE_LOCK", "update");
    cargo::attach(command)
}
