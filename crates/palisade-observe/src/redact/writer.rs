//! A writer that masks what goes through it.

use super::Redactor;
use std::{
    io::{self, Write},
    mem,
};

/// Masks every line on its way to another writer; for `tracing-subscriber` and whatever else writes text.
///
/// A line goes on when it is whole, or longer than 64 KiB, when it is flushed, and when this is dropped. Bytes that are no
/// UTF-8 become `U+FFFD`.
///
/// ```
/// use palisade_observe::{Redacting, Redactor};
/// use std::io::Write;
///
/// let mut out = Vec::new();
/// writeln!(Redacting::new(&mut out, Redactor::new()), "password=hunter2")?;
/// assert_eq!(out, b"password=[redacted]\n");
/// // tracing_subscriber::fmt().with_writer(move || Redacting::new(std::io::stderr(), redactor.clone())).init();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Redacting<W: Write> {
    inner: W,
    redactor: Redactor,
    line: Vec<u8>,
}

/// A line that is longer goes on in pieces.
const LONGEST: usize = 64 * 1024;

impl<W: Write> Redacting<W> {
    /// Masks what goes to `inner`.
    pub const fn new(inner: W, redactor: Redactor) -> Self {
        Self { inner, redactor, line: Vec::new() }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let line = mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        self.inner.write_all(self.redactor.redact(&text).as_bytes())
    }
}

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.line.len() > LONGEST {
                self.pass_on()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.inner.flush()
    }
}

impl<W: Write> Drop for Redacting<W> {
    fn drop(&mut self) {
        // Nobody is left who could be told that it failed.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_pieces_is_masked_as_one() {
        let mut out = Vec::new();
        let mut writer = Redacting::new(&mut out, Redactor::new());
        for piece in ["pass", "word=hun", "ter2\nto ada@exam", "ple.org"] {
            writer.write_all(piece.as_bytes()).unwrap();
        }
        writer.write_all(b" \xff").unwrap();
        drop(writer);
        assert_eq!(String::from_utf8(out).unwrap(), "password=[redacted]\nto a***@example.org \u{fffd}");
    }
}
