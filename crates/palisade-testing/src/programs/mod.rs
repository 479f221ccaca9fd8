//! Programs of this machine that tests need, found or said aloud to be missing.
//!
//! A test whose program is missing returns early, and that must not look like a test that passed: [`not_run`] prints the reason,
//! and appends it to the file that the environment's `PALISADE_NOT_RUN` names, where a run in CI finds it and fails.
//!
//! ```
//! use palisade_testing::programs::find;
//!
//! # #[allow(clippy::needless_doctest_main)]
//! fn a_shell_answers() {
//!     let Some(shell) = find("sh", "dash") else { return };
//!     let output = std::process::Command::new(shell).args(["-c", "echo here"]).output().unwrap();
//!     assert_eq!(output.stdout, b"here\n");
//! }
//! # a_shell_answers();
//! ```

mod program;
mod python;

pub use program::{find, not_run, on_path};
pub use python::Python;
