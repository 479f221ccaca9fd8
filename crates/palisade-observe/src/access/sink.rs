//! Where lines go.

use super::{queue::Queue, record::Record, stamp::stamp};
use palisade_core::UnixTime;
use std::fmt;

/// How a line reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Text,
}

#[derive(Debug)]
pub(super) enum Sink {
    Queue(Form, Queue),
    Tracing,
}

impl Sink {
    /// Writes a record, and before it how many were not written, by way of `scratch`.
    pub(super) fn write(&self, record: &Record<'_>, suppressed: u64, now: UnixTime, scratch: &mut Vec<u8>) {
        let form = if let Self::Queue(form, _) = self { *form } else { Form::Json };
        if suppressed > 0 {
            form.notice(scratch, now, "suppressed", suppressed);
            self.push(scratch);
            scratch.clear();
        }
        match form {
            Form::Json => record.json(scratch),
            Form::Text => record.text(scratch),
        }
        self.push(scratch);
    }

    fn push(&self, line: &[u8]) {
        match self {
            Self::Queue(_, queue) => queue.push(line),
            Self::Tracing => {
                let line = String::from_utf8_lossy(line);
                tracing::info!(target: "palisade::access", "{}", line.trim_end());
            }
        }
    }
}

impl Form {
    /// A line about lines that are not there.
    pub(super) fn notice(self, out: &mut Vec<u8>, now: UnixTime, what: &str, lines: u64) {
        let lines = lines.to_string();
        let (open, middle, close) = match self {
            Self::Json => ("{\"time\":\"", ["\",\"", "\":"], "}\n"),
            Self::Text => ("", [" ", "="], "\n"),
        };
        out.extend_from_slice(open.as_bytes());
        stamp(out, now);
        for part in [middle[0], what, middle[1], &lines, close] {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Text => "text",
        })
    }
}
