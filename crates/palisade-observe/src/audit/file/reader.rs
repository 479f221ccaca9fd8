//! The lines of a log.

use crate::audit::{
    chain::{Chain, Mark},
    error::AuditError,
    link::Link,
    record::{MAX_RECORD, Sealed},
};
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Take},
    path::Path,
};

/// One line.
pub(super) enum Line {
    Record(Sealed),
    /// What was before is pruned; `None` where the mark is not the chain's.
    Anchor(Option<Link>),
    Nonsense,
}

/// Reads a log from its beginning, one line after the other.
pub(super) struct Reader {
    file: BufReader<Take<File>>,
    /// Where the next line begins.
    pub(super) at: u64,
    line: Vec<u8>,
}

/// Longer lines are nonsense; a record's hash and its brackets stand around it.
const LONGEST: u64 = MAX_RECORD as u64 + 128;

const ANCHOR: &str = "{\"anchor\":\"";

pub(super) fn anchor_line(chain: &Chain, anchor: &Link) -> String {
    format!("{ANCHOR}{}\"}}\n", chain.mark(Mark::Anchor, anchor))
}

impl Reader {
    /// So many bytes of a log.
    pub(super) fn open(path: &Path, len: u64) -> Result<Self, AuditError> {
        let file = BufReader::new(File::open(path)?.take(len));
        Ok(Self { file, at: 0, line: Vec::new() })
    }

    /// The next line that is whole.
    pub(super) fn next(&mut self, chain: &Chain) -> Result<Option<Line>, AuditError> {
        self.line.clear();
        let read = self.file.by_ref().take(LONGEST).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        if self.line.pop_if(|last| *last == b'\n').is_none() {
            if read as u64 == LONGEST {
                self.skip()?;
            }
            return Ok(Some(Line::Nonsense));
        }
        self.at += read as u64;
        let Ok(line) = std::str::from_utf8(&self.line) else { return Ok(Some(Line::Nonsense)) };
        if let Some(mark) = line.strip_prefix(ANCHOR).and_then(|line| line.strip_suffix("\"}")) {
            return Ok(Some(Line::Anchor(chain.unmark(Mark::Anchor, mark))));
        }
        Ok(Some(Sealed::from_line(line).map_or(Line::Nonsense, Line::Record)))
    }

    /// The rest of a line that is too long.
    fn skip(&mut self) -> Result<(), AuditError> {
        loop {
            let (used, found) = {
                let bytes = self.file.fill_buf()?;
                match bytes.iter().position(|byte| *byte == b'\n') {
                    Some(at) => (at + 1, true),
                    None => (bytes.len(), bytes.is_empty()),
                }
            };
            self.file.consume(used);
            if found {
                return Ok(());
            }
        }
    }
}
