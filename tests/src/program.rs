//! Programs of Debian packages that tests start.

pub use palisade_testing::programs::not_run;

use palisade_testing::programs::find;
use std::{
    path::Path,
    process::{Command, Output},
};
use tokio::task::spawn_blocking;

/// Whether there is such a program; says aloud that a test does not run where there is none.
#[must_use]
pub fn has(program: &str, package: &str) -> bool {
    find(program, package).is_some()
}

/// What it printed, once it ended well.
///
/// # Panics
///
/// Where it did not.
pub async fn printed(mut command: Command) -> String {
    let output: Output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let faults = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {faults}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// What Node.js printed that ran a program of `tests/browser` with this one argument, as JSON.
///
/// # Panics
///
/// Where it failed.
pub async fn node(program: &Path, argument: &serde_json::Value) -> serde_json::Value {
    let mut command = Command::new("node");
    command.arg(program).arg(argument.to_string());
    serde_json::from_str(&printed(command).await).unwrap()
}
