//! The files of a log.

use crate::audit::{
    chain::{Chain, Mark},
    error::{AuditError, AuditErrorKind},
    link::Link,
};
use palisade_core::{private_directory, would_be_private_directory};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// The file beside a log with this ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Makes the directory of a log, closed to others, where it is not there.
pub(super) fn directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or(Ok(()), private_directory)
}

/// What [`directory`] would say.
pub(super) fn would_be_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or(Ok(()), would_be_private_directory)
}

/// A file that is its owner's alone, opened to be written; made where there is none.
pub(super) fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.create(true).open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mut permissions = file.metadata()?.permissions();
        if permissions.mode() & 0o077 != 0 {
            permissions.set_mode(0o600);
            file.set_permissions(permissions)?;
        }
    }
    Ok(file)
}

/// The right to write, for as long as the file is open; it ends with the process, however that ends.
#[cfg(unix)]
pub(super) fn lock(path: &Path) -> Result<File, AuditError> {
    use rustix::fs::{FlockOperation, flock};

    let file = private(&beside(path, ".lock"), OpenOptions::new().write(true))?;
    for attempt in 0.. {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            // Whoever had it may just be ending.
            Err(rustix::io::Errno::WOULDBLOCK) if attempt < 20 => thread::sleep(Duration::from_millis(10)),
            Err(rustix::io::Errno::WOULDBLOCK) => break,
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    Err(AuditErrorKind::Locked.into())
}

#[cfg(not(unix))]
pub(super) fn lock(_: &Path) -> Result<File, AuditError> {
    let reason = io::Error::new(
        io::ErrorKind::Unsupported,
        "files of audit logs are locked on Unix alone: use a database",
    );
    Err(reason.into())
}

/// Up to where the log reaches at least; `None` where the mark is not the chain's. A log without a mark has none yet.
pub(super) fn head(path: &Path, chain: &Chain) -> Result<Option<Link>, AuditError> {
    match fs::read_to_string(beside(path, ".head")) {
        Ok(text) => Ok(chain.unmark(Mark::Head, text.trim_end())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // It is written before the first record.
            let empty = fs::metadata(path).map_or(0, |file| file.len()) == 0;
            Ok(empty.then_some(Link::START))
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Replaces a file by one with this content, or leaves it as it is.
pub(super) fn replace(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
    sync: bool,
) -> io::Result<()> {
    let new = beside(path, ".new");
    let mut file = private(&new, OpenOptions::new().write(true).truncate(true))?;
    write(&mut file)?;
    if sync {
        file.sync_data()?;
    }
    fs::rename(&new, path)
}

/// Brings to the disk under which name a file is found; what is written into it afterwards would be lost with the name.
pub(super) fn settle_name(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    let _ = path;
    Ok(())
}

pub(super) fn write_head(path: &Path, chain: &Chain, head: &Link) -> io::Result<()> {
    let mark = chain.mark(Mark::Head, head);
    replace(&beside(path, ".head"), |file| writeln!(file, "{mark}"), true)
}
