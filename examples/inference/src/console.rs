//! What the program reads of its process, and says there.

use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
};
use tracing_subscriber::filter::LevelFilter;

/// An environment variable. A value that is not UTF-8 stays set, so that it cannot pass for unset.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Says it on the standard output.
///
/// # Errors
///
/// Where nobody reads there.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// An error and what caused it, in one line.
#[must_use]
pub fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.ends_with(&words) {
            text += &format!(": {words}");
        }
        cause = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Warnings and what happens beside responses, on the standard error.
pub fn logging(level: LevelFilter) {
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(colours).with_max_level(level).init();
}
