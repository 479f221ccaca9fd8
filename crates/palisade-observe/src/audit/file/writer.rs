//! The one writer of a log.

use super::{
    disk::{head, lock, private, replace, settle_name, write_head},
    reader::{Line, Reader, anchor_line},
    sync::Sync,
};
use crate::audit::{
    chain::Chain,
    entry::Entry,
    error::{AuditError, AuditErrorKind},
    link::Link,
    record::Sealed,
};
use palisade_core::UnixTime;
use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

pub(super) struct Writer {
    path: PathBuf,
    file: File,
    /// Up to here the file is whole lines.
    len: u64,
    head: Link,
    /// What the head's mark says.
    settled: Link,
    sync: Sync,
    chain: Chain,
    /// Something may stand behind `len`.
    torn: bool,
    _lock: File,
}

/// How much is read at a time to find the last line.
const STEP: u64 = 64 * 1024;

impl Writer {
    pub(super) fn open(path: &Path, chain: &Chain, sync: Sync) -> Result<Self, AuditError> {
        let lock = lock(path)?;
        let mut file = private(path, OpenOptions::new().read(true).append(true))?;
        let (settled, len, last) = judge(&mut file, path, chain)?;
        let torn = file.metadata()?.len() != len;
        let (path, chain, head) = (path.to_owned(), chain.clone(), last);
        let mut this = Self { path, file, len, head, settled, sync, chain, torn, _lock: lock };
        this.mend()?;
        this.settle()?;
        if last == Link::START {
            // From now on a log without a mark is one whose mark was taken away.
            write_head(&this.path, &this.chain, &last)?;
            settle_name(&this.path)?;
        }
        Ok(this)
    }

    /// Whether it could be opened; makes and mends nothing.
    pub(super) fn look(path: &Path, chain: &Chain) -> Result<(), AuditError> {
        match OpenOptions::new().read(true).append(true).open(path) {
            Ok(mut file) => judge(&mut file, path, chain).map(drop),
            // Where its mark says that it was there, it was taken away.
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => match head(path, chain)? {
                Some(Link::START) => Ok(()),
                Some(_) | None => Err(AuditErrorKind::Tampered.into()),
            },
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    pub(super) const fn head(&self) -> Link {
        self.head
    }

    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<Link, AuditError> {
        let sealed = self.chain.seal_all(self.head, entries)?;
        let Some(last) = sealed.last() else { return Ok(self.head) };
        let mut lines = String::new();
        for record in &sealed {
            lines.push_str(&record.line());
            lines.push('\n');
        }
        self.mend()?;
        self.torn = true;
        self.file.write_all(lines.as_bytes())?;
        if self.sync == Sync::Always {
            self.file.sync_data()?;
        }
        // Only now is it there; what fails before is taken back.
        self.torn = false;
        self.len += lines.len() as u64;
        self.head = last.link;
        Ok(self.head)
    }

    /// Brings everything to the disk, and then says how far it reaches.
    pub(super) fn settle(&mut self) -> Result<(), AuditError> {
        if self.settled != self.head {
            self.file.sync_data()?;
            write_head(&self.path, &self.chain, &self.head)?;
            self.settled = self.head;
        }
        Ok(())
    }

    pub(super) fn prune(&mut self, before: UnixTime) -> Result<Link, AuditError> {
        self.mend()?;
        let mut reader = Reader::open(&self.path, self.len)?;
        let (mut anchor, mut keep_from) = (Link::START, 0);
        while let Some(line) = reader.next(&self.chain)? {
            match line {
                Line::Anchor(Some(link)) => anchor = link,
                Line::Record(sealed) => match sealed.record() {
                    Some(record) if record.entry.time < before => anchor = record.link,
                    Some(_) => break,
                    None => return Err(AuditErrorKind::Tampered.into()),
                },
                Line::Anchor(None) | Line::Nonsense => return Err(AuditErrorKind::Tampered.into()),
            }
            keep_from = reader.at;
        }
        if anchor == Link::START {
            return Ok(anchor);
        }
        self.settle()?;
        let (line, from, len) = (anchor_line(&self.chain, &anchor), keep_from, self.len);
        let mut old = File::open(&self.path)?;
        old.seek(SeekFrom::Start(from))?;
        let write = |file: &mut File| {
            file.write_all(line.as_bytes())?;
            io::copy(&mut old.take(len - from), file).map(drop)
        };
        replace(&self.path, write, true)?;
        self.file = private(&self.path, OpenOptions::new().read(true).append(true))?;
        self.len = line.len() as u64 + (len - from);
        settle_name(&self.path)?;
        Ok(anchor)
    }

    /// Takes back what was written in part.
    fn mend(&mut self) -> Result<(), AuditError> {
        if self.torn {
            self.file.set_len(self.len)?;
            self.torn = false;
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.mend();
        // The mark may lag behind; opening the log finds its end without it.
        let _ = self.settle();
    }
}

/// What the mark says of a log, how far it is whole lines, and its last record; a log that is less than its mark says was tampered with.
fn judge(file: &mut File, path: &Path, chain: &Chain) -> Result<(Link, u64, Link), AuditError> {
    let settled = head(path, chain)?.ok_or(AuditErrorKind::Tampered)?;
    let len = whole(file)?;
    let last = last(file, chain, path, len)?;
    // It may reach further than it was said to, never less far.
    if last.sequence < settled.sequence || (last.sequence == settled.sequence && last != settled) {
        return Err(AuditErrorKind::Tampered.into());
    }
    Ok((settled, len, last))
}

/// Up to where a file is whole lines.
fn whole(file: &mut File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    let mut bytes = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(STEP);
        bytes.clear();
        file.seek(SeekFrom::Start(start))?;
        file.take(end - start).read_to_end(&mut bytes)?;
        if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// The last record, or the anchor where there is no record.
fn last(file: &mut File, chain: &Chain, path: &Path, len: u64) -> Result<Link, AuditError> {
    if len == 0 {
        return Ok(Link::START);
    }
    // The line that ends at `len` begins after the line end before it.
    let mut bytes = Vec::new();
    let start = len.saturating_sub(2 * STEP);
    file.seek(SeekFrom::Start(start))?;
    file.take(len - start).read_to_end(&mut bytes)?;
    bytes.pop();
    let begin = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = bytes.get(begin..).and_then(|line| std::str::from_utf8(line).ok());
    if let Some(sealed) = line.and_then(Sealed::from_line) {
        return Ok(sealed.link);
    }
    // A log that was pruned of everything is its anchor.
    match Reader::open(path, len)?.next(chain)? {
        Some(Line::Anchor(Some(anchor))) if begin == 0 => Ok(anchor),
        _ => Err(AuditErrorKind::Tampered.into()),
    }
}
