//! Records as lines of a file.

mod disk;
mod reader;
mod sync;
mod writer;

use super::{
    chain::Chain,
    entry::Entry,
    error::AuditError,
    link::Link,
    log::AuditLog,
    query::{AuditPage, AuditQuery, Newest},
    record::Sealed,
    walk::{Verification, Walk},
};
use palisade_core::{Reply, UnixTime};
use reader::{Line, Reader};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
pub use sync::Sync;
use tokio::{runtime::Handle, task::spawn_blocking};
use writer::Writer;

/// Records as lines of a file, which its owner alone can read (0600), written by one process at a time.
///
/// Beside it stand `….head`, which says up to where the log reached a second ago or later, and `….lock`. Each line is JSON: the hash, and the record
/// that it binds. When it is opened, a line that was being written when a process was killed is taken away; it was never reported as
/// appended. A log that is shorter than its head says was cut off, and is not opened.
///
/// A page is found by reading the file through: that takes time in proportion to the file. Its methods wait for the disk; a
/// [`Recorder`](super::Recorder) calls them on a thread of its own, and reading goes to one too.
#[derive(Clone)]
pub struct FileAudit(Arc<Inner>);

struct Inner {
    path: PathBuf,
    chain: Chain,
    writer: Mutex<Writer>,
}

impl FileAudit {
    /// Opens a log, and makes it where there is none, with its directory (0700).
    ///
    /// # Errors
    ///
    /// `Locked` where another process writes it; `Tampered` where its end is not what it was, or the key is another; `Unavailable`
    /// where it cannot be read and written.
    pub fn open(path: impl AsRef<Path>, chain: Chain, sync: Sync) -> Result<Self, AuditError> {
        let path = path.as_ref().to_owned();
        disk::directory(&path).map_err(|fault| of_directory(&path, &fault))?;
        let writer = Writer::open(&path, &chain, sync)?;
        let this = Self(Arc::new(Inner { path, chain, writer: Mutex::new(writer) }));
        let pause = match sync {
            Sync::Always => MARK,
            Sync::Every(pause) => pause.clamp(Duration::from_millis(1), MARK),
        };
        this.settle_every(pause)?;
        Ok(this)
    }

    /// Whether it could be opened, as far as that can be told without taking it from whoever writes it; makes and mends nothing.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn check(path: impl AsRef<Path>, chain: &Chain) -> Result<(), AuditError> {
        let path = path.as_ref();
        disk::would_be_directory(path).map_err(|fault| of_directory(path, &fault))?;
        Writer::look(path, chain)
    }

    /// A thread that ends with the log.
    fn settle_every(&self, pause: Duration) -> Result<(), AuditError> {
        let inner = Arc::downgrade(&self.0);
        let work = move || {
            loop {
                thread::sleep(pause);
                let Some(inner) = inner.upgrade() else { return };
                if let Err(error) = inner.lock().settle() {
                    tracing::error!(target: "palisade::audit", %error, "the audit log cannot be brought to the disk");
                }
            }
        };
        thread::Builder::new().name("palisade-audit-sync".to_owned()).spawn(work)?;
        Ok(())
    }
}

fn of_directory(path: &Path, fault: &io::Error) -> io::Error {
    io::Error::new(fault.kind(), format!("the directory of {}: {fault}", path.display()))
}

/// How often the end of the log is marked at least.
const MARK: Duration = Duration::from_secs(1);

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Writer> {
        // What is written in part is taken back before anything else is written.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that is appended so far, and the links that it must have.
    fn read(&self) -> Result<(Reader, Option<[Link; 2]>), AuditError> {
        let writer = self.lock();
        let reader = Reader::open(&self.path, writer.len())?;
        let marked = disk::head(&self.path, &self.chain)?;
        Ok((reader, marked.map(|marked| [marked, writer.head()])))
    }

    fn page(&self, query: &AuditQuery) -> Result<AuditPage, AuditError> {
        let (mut reader, _) = self.read()?;
        let mut newest = Newest::new(query);
        while let Some(line) = reader.next(&self.chain)? {
            if let Line::Record(sealed) = line
                && let Some(record) = sealed.record()
            {
                newest.see(record);
            }
        }
        Ok(newest.page())
    }

    fn verify(&self, known: Option<Link>) -> Result<Verification, AuditError> {
        let (mut reader, heads) = self.read()?;
        let Some(heads) = heads else { return Ok(Walk::marked(0)) };
        let known = known.into_iter().chain(heads);
        let mut line = reader.next(&self.chain)?;
        let anchor = match line {
            Some(Line::Anchor(None)) => return Ok(Walk::marked(0)),
            Some(Line::Anchor(Some(anchor))) => {
                line = reader.next(&self.chain)?;
                anchor
            }
            _ => Link::START,
        };
        let mut walk = Walk::new(&self.chain, anchor, known);
        while let Some(next) = line {
            let sealed: Option<Sealed> = match next {
                Line::Record(sealed) => Some(sealed),
                // An anchor stands at the beginning alone.
                Line::Anchor(_) | Line::Nonsense => None,
            };
            if !walk.step(sealed.as_ref()) {
                break;
            }
            line = reader.next(&self.chain)?;
        }
        Ok(walk.finish())
    }
}

impl AuditLog for FileAudit {
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>> {
        Reply::now(self.0.lock().append(&entries))
    }

    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        let (inner, query) = (self.0.clone(), query.clone());
        aside(move || inner.page(&query))
    }

    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>> {
        let inner = self.0.clone();
        aside(move || inner.verify(known))
    }

    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>> {
        let inner = self.0.clone();
        aside(move || inner.lock().prune(before))
    }
}

/// On a thread that may wait, where there is a runtime; else here.
fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuditError> + Send + 'static,
) -> Reply<Result<T, AuditError>> {
    if Handle::try_current().is_err() {
        return Reply::now(work());
    }
    let task = spawn_blocking(work);
    Reply::later(async move {
        task.await.unwrap_or_else(|error| {
            Err(AuditError::new(super::error::AuditErrorKind::Unavailable).with_source(error))
        })
    })
}

impl fmt::Debug for FileAudit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileAudit").field("path", &self.0.path).finish_non_exhaustive()
    }
}
