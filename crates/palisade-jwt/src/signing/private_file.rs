//! Files that nobody else may read, written whole or not at all.

use super::error::SigningKeyError;
use data_encoding::HEXLOWER;
use palisade_core::Secret;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// What half-written files are called, which only a crash leaves behind.
pub(super) const TEMPORARY: &str = ".new.";

fn failed(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SigningKeyError {
    move |source| SigningKeyError::Io { verb, path: path.to_owned(), source }
}

/// What a file holds.
pub(super) fn read(path: &Path, most: u64) -> Result<Secret, SigningKeyError> {
    let no_file = || SigningKeyError::NoFile { path: path.to_owned(), most };
    // Opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(failed("read", path))?.is_file() {
        return Err(no_file());
    }
    let file = File::open(path).map_err(failed("read", path))?;
    // The open file is asked, so that what was checked is what is read.
    let length = file.metadata().map_err(failed("read", path))?;
    if let Some(mode) = mode_of(&length).filter(|mode| mode & 0o077 != 0) {
        return Err(SigningKeyError::Exposed { path: path.to_owned(), mode });
    }
    // With room for all of it, so that no grown buffer leaves a copy behind.
    let room = usize::try_from(length.len().min(most)).unwrap_or(0).saturating_add(2);
    let mut content = Vec::with_capacity(room);
    let result = file.take(most + 1).read_to_end(&mut content);
    let content = Secret::new(content);
    result.map_err(failed("read", path))?;
    if u64::try_from(content.expose().len()).unwrap_or(u64::MAX) > most {
        return Err(no_file());
    }
    Ok(content)
}

/// Makes a file with mode 0600; `false` where there is one already. After a crash it is there whole, or not at all.
pub(super) fn create(path: &Path, content: &Secret) -> Result<bool, SigningKeyError> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let temporary = Temporary::new(directory)?;
    let written = write(&temporary.0, content);
    written.map_err(failed("write", &temporary.0))?;
    // A second name is given only where there is none yet, in one step.
    match fs::hard_link(&temporary.0, path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(failed("write", path)(error)),
    }
    drop(temporary);
    sync(directory).map_err(failed("write", directory))?;
    Ok(true)
}

fn write(path: &Path, content: &Secret) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content.expose())?;
    file.sync_all()
}

/// Removed again, whatever happens in between but a crash.
struct Temporary(PathBuf);

impl Temporary {
    fn new(directory: &Path) -> Result<Self, SigningKeyError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| SigningKeyError::Random)?;
        Ok(Self(directory.join(format!("{TEMPORARY}{}.tmp", HEXLOWER.encode(&random)))))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Makes a directory with mode 0700, or checks that nobody else can write into the one that is there.
pub(super) fn directory(path: &Path) -> Result<(), SigningKeyError> {
    palisade_core::private_directory(path).map_err(failed("make", path))?;
    let metadata = fs::metadata(path).map_err(failed("read", path))?;
    match mode_of(&metadata).filter(|mode| mode & 0o022 != 0) {
        Some(mode) => Err(SigningKeyError::Exposed { path: path.to_owned(), mode }),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn mode_of(metadata: &fs::Metadata) -> Option<u32> {
    Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777)
}

/// Who may read it is told in other ways there, which are not looked at.
#[cfg(not(unix))]
fn mode_of(_: &fs::Metadata) -> Option<u32> {
    None
}

/// A name survives a crash once its directory is written.
#[cfg(unix)]
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}
