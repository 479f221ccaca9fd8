//! What the program reads of its process, and says there.

use palisade::observe::{InvalidPattern, Redacting, Redactor};
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
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

/// What an API key looks like: its id stays readable elsewhere, and what makes it a secret is masked wherever it stands.
const KEY: &str = r"inference_live_\w{20,}";

/// Warnings and what happens beside responses, on the standard error; what looks like a credential or an e-mail address is masked, for
/// libraries log text of their own.
///
/// # Errors
///
/// None with the pattern above.
pub fn logging(level: LevelFilter) -> Result<(), InvalidPattern> {
    let colours = io::stderr().is_terminal();
    let redactor = Redactor::new().pattern(KEY)?;
    let writer = move || Redacting::new(io::stderr(), redactor.clone());
    tracing_subscriber::fmt().with_writer(writer).with_ansi(colours).with_max_level(level).init();
    Ok(())
}
