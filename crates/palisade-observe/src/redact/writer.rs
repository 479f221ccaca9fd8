//! A writer that masks what goes through it.

use super::Redactor;
use std::{
    io::{self, Write},
    mem,
};

/// Masks every line on its way to another writer; for `tracing-subscriber` and whatever else writes text.
///
/// A line goes on when it is whole, when it is flushed, and when this is dropped. What it has beyond 64 KiB is left out, because a
/// secret could be cut in two there, and an ellipsis tells so. Bytes that are no UTF-8 become `U+FFFD`.
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
    /// The rest of this line is left out.
    is_cut: bool,
}

/// What a line has beyond is left out.
const LONGEST: usize = 64 * 1024;

impl<W: Write> Redacting<W> {
    /// Masks what goes to `inner`.
    pub const fn new(inner: W, redactor: Redactor) -> Self {
        Self { inner, redactor, line: Vec::new(), is_cut: false }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let line = mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        self.inner.write_all(self.redactor.redact(&text).as_bytes())
    }

    /// Takes a part of one line.
    fn take(&mut self, piece: &[u8]) {
        if self.is_cut {
            return;
        }
        let room = LONGEST.saturating_sub(self.line.len());
        self.line.extend_from_slice(piece.get(..room).unwrap_or(piece));
        if piece.len() > room {
            self.is_cut = true;
            // Half a word may be half a secret.
            let end = self.line.iter().rposition(|byte| b" \t&;,\"'".contains(byte));
            self.line.truncate(end.map_or(0, |end| end + 1));
            self.line.extend_from_slice("…".as_bytes());
        }
    }
}

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let whole = piece.strip_suffix(b"\n");
            self.take(whole.unwrap_or(piece));
            if whole.is_some() {
                self.line.push(b'\n');
                self.is_cut = false;
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

    #[test]
    fn a278_no_secret_comes_out_where_a_long_line_is_cut() {
        for over in [0, 1, 8, 16, 24] {
            let mut out = Vec::new();
            let mut writer = Redacting::new(&mut out, Redactor::new());
            let long = format!("{} {}", "x".repeat(LONGEST - 99), "x".repeat(98 - over));
            for piece in [&*long, " password: ", "c4n4ry", " Bearer ", "c4n4ry", "\nnext\n"] {
                writer.write_all(piece.as_bytes()).unwrap();
            }
            drop(writer);
            let out = String::from_utf8(out).unwrap();
            assert!(!out.contains("c4n") && out.ends_with("\nnext\n") && out.len() <= LONGEST + 20, "{over}");
        }
    }
}
