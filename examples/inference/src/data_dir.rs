//! The directory that survives a restart.

mod error;
mod mode;

use palisade::Secret;
use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

pub use error::DataDirError;

/// The most of a file that is read, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// A directory (mode 0700) for the database and the secrets (mode 0600).
///
/// ```
/// use inference::data_dir::DataDir;
///
/// let parent = tempfile::tempdir()?;
/// let data_dir = DataDir::open(&parent.path().join("data"))?;
/// assert!(data_dir.create("secrets.json", b"{}")?);
/// assert!(!data_dir.create("secrets.json", b"")?);
/// assert!(data_dir.read("secrets.json")?.is_some_and(|text| text.matches(b"{}")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

impl DataDir {
    /// Opens the directory at `path` and makes it, with mode 0700, if it is missing.
    ///
    /// # Errors
    ///
    /// When it cannot be made, is not a directory, or can be written by others, who could then put files of their own there.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        mode::create_private_dir(path).map_err(|source| DataDirError::io("make", path, source))?;
        let metadata = fs::metadata(path).map_err(|source| DataDirError::io("read", path, source))?;
        match mode::of(&metadata) {
            Some(mode) if mode & 0o022 != 0 => Err(DataDirError::Writable { path: path.to_owned(), mode }),
            Some(_) | None => Ok(Self { path: path.to_owned() }),
        }
    }

    /// Where a file of this name is, or would be.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What the file of this name holds; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not a regular file, is larger than 64 KiB, or is accessible to group or others.
    pub fn read(&self, name: &str) -> Result<Option<Secret>, DataDirError> {
        let path = self.file(name);
        let io_error = |source| DataDirError::io("read", &path, source);
        // A pipe in its place would block the opening for ever.
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error(error)),
            Ok(metadata) if !metadata.is_file() => return Err(DataDirError::NotAFile { path }),
            Ok(_) => {}
        }
        let file = File::open(&path).map_err(io_error)?;
        // The mode is asked of the open file, so that what was checked is what is read.
        let metadata = file.metadata().map_err(io_error)?;
        if let Some(mode) = mode::of(&metadata).filter(|mode| mode & 0o077 != 0) {
            return Err(DataDirError::Exposed { path, mode });
        }
        let mut text = vec![];
        file.take(MAX_FILE + 1).read_to_end(&mut text).map_err(io_error)?;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > MAX_FILE {
            return Err(DataDirError::TooLarge { path, limit: MAX_FILE });
        }
        Ok(Some(Secret::new(text)))
    }

    /// Makes a file of this name with mode 0600, whole or not at all; `false` if there is one already.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn create(&self, name: &str, content: &[u8]) -> Result<bool, DataDirError> {
        let path = self.file(name);
        self.write_new(&path, content).map_err(|source| DataDirError::io("write", &path, source))
    }

    /// Writes beside it and renames, so that a crash leaves no half of it.
    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<bool> {
        // A temporary file is made with mode 0600 and keeps it under its new name.
        let mut temporary =
            tempfile::Builder::new().prefix(".new.").suffix(".tmp").tempfile_in(&self.path)?;
        temporary.write_all(content)?;
        temporary.as_file().sync_all()?;
        match temporary.persist_noclobber(path) {
            Ok(_) => mode::sync_dir(&self.path).map(|()| true),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(refused) => Err(refused.error),
        }
    }
}

#[cfg(test)]
mod tests;
