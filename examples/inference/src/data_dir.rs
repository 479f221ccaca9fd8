//! The directory that survives a restart, and the tokens in it.

mod error;
mod mode;
mod new_token;
mod record;
mod token_file;

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

pub use error::DataDirError;
pub use new_token::NewToken;
pub use record::{ADMINISTRATOR, InvalidRecord, TokenDigest, TokenRecord};
pub use token_file::{InvalidFile, TokenFile};

/// The most of `tokens.json` that is read, in bytes: room for a few thousand tokens.
const MAX_FILE: u64 = 1024 * 1024;

/// A directory (mode 0700) that holds `tokens.json` (mode 0600), which holds digests and no token.
///
/// ```
/// use inference::data_dir::{AdministratorToken, DataDir};
///
/// let parent = tempfile::tempdir()?;
/// let data_dir = DataDir::open(&parent.path().join("data"))?;
/// let (file, token) = data_dir.prepare(false, "2025-01-15T00:00:00Z")?;
/// assert_eq!(file.tokens().len(), 1);
/// assert!(matches!(token, AdministratorToken::First(_)));
///
/// let (_, token) = data_dir.prepare(false, "2025-01-16T00:00:00Z")?;
/// assert!(matches!(token, AdministratorToken::Kept));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

/// What a start did about the administrator's token.
#[derive(Debug)]
pub enum AdministratorToken {
    /// There was no token file; this is the first token.
    First(NewToken),
    /// A new token was asked for; the old one, if there was one, is no longer accepted.
    Replaced(NewToken),
    /// The token printed at an earlier start is still the one.
    Kept,
    /// The token file lists no administrator.
    Absent,
}

impl DataDir {
    /// Opens the directory at `path` and makes it, with mode 0700, if it is missing.
    ///
    /// # Errors
    ///
    /// When it cannot be made, is not a directory, or can be written by others, who could then put a token file
    /// of their own there.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        mode::create_private_dir(path).map_err(|source| DataDirError::io("make", path, source))?;
        let metadata = fs::metadata(path).map_err(|source| DataDirError::io("read", path, source))?;
        match mode::of(&metadata) {
            Some(mode) if mode & 0o022 != 0 => Err(DataDirError::Writable { path: path.to_owned(), mode }),
            Some(_) | None => Ok(Self { path: path.to_owned() }),
        }
    }

    /// Where the digests are kept.
    #[must_use]
    pub fn tokens_path(&self) -> PathBuf {
        self.path.join("tokens.json")
    }

    /// Reads the tokens, after making the administrator's if there is no token file, or a new one if `new_token`.
    ///
    /// `now` is the time to record, as RFC 3339 text.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load), [`first_token`](Self::first_token) and [`replace_token`](Self::replace_token).
    pub fn prepare(
        &self,
        new_token: bool,
        now: &str,
    ) -> Result<(TokenFile, AdministratorToken), DataDirError> {
        match self.load()? {
            None => self.first_token(now).map(|(file, token)| (file, AdministratorToken::First(token))),
            Some(_) if new_token => {
                self.replace_token(now).map(|(file, token)| (file, AdministratorToken::Replaced(token)))
            }
            Some(file) if file.administrator().is_some() => Ok((file, AdministratorToken::Kept)),
            Some(file) => Ok((file, AdministratorToken::Absent)),
        }
    }

    /// Reads the token file; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not a regular file, is larger than 1 MiB, is accessible to group or others,
    /// is of an unknown version, or does not parse.
    pub fn load(&self) -> Result<Option<TokenFile>, DataDirError> {
        let path = self.tokens_path();
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
        TokenFile::parse(&text).map(Some).map_err(|source| DataDirError::Invalid { path, source })
    }

    /// Makes the first token: all permissions, no expiry. Only its digest is stored.
    ///
    /// # Errors
    ///
    /// When there already is a token file, when it cannot be written, when the system has no random numbers, or when
    /// `now` is not RFC 3339 text.
    pub fn first_token(&self, now: &str) -> Result<(TokenFile, NewToken), DataDirError> {
        let (file, token) = with_new_administrator(TokenFile::default(), now)?;
        self.store(&file, Replace::Never)?;
        Ok((file, token))
    }

    /// Makes a new administrator's token in place of the old one. Other tokens are kept.
    ///
    /// A server that is already running goes on with the tokens it has read.
    ///
    /// # Errors
    ///
    /// When the present token file is refused or cannot be written, when the system has no random numbers, or when
    /// `now` is not RFC 3339 text.
    pub fn replace_token(&self, now: &str) -> Result<(TokenFile, NewToken), DataDirError> {
        let (file, token) = with_new_administrator(self.load()?.unwrap_or_default(), now)?;
        self.store(&file, Replace::Always)?;
        Ok((file, token))
    }

    /// Writes beside the old file and renames, so that a crash leaves the old file or the new one, whole.
    fn store(&self, file: &TokenFile, replace: Replace) -> Result<(), DataDirError> {
        let path = self.tokens_path();
        self.write(file, replace).map_err(|source| DataDirError::io("write", &path, source))
    }

    fn write(&self, file: &TokenFile, replace: Replace) -> io::Result<()> {
        // A temporary file is made with mode 0600 and keeps it under its new name.
        let mut temporary =
            tempfile::Builder::new().prefix(".tokens.").suffix(".tmp").tempfile_in(&self.path)?;
        temporary.write_all(file.to_json()?.as_bytes())?;
        temporary.as_file().sync_all()?;
        match replace {
            Replace::Always => temporary.persist(self.tokens_path())?,
            Replace::Never => temporary.persist_noclobber(self.tokens_path())?,
        };
        mode::sync_dir(&self.path)
    }
}

#[derive(Clone, Copy, Debug)]
enum Replace {
    Always,
    Never,
}

fn with_new_administrator(mut file: TokenFile, now: &str) -> Result<(TokenFile, NewToken), DataDirError> {
    let token = NewToken::random().map_err(|_| DataDirError::NoRandomness)?;
    let record = TokenRecord::administrator(token.digest(), now).map_err(DataDirError::Record)?;
    file.replace(record);
    Ok((file, token))
}

#[cfg(test)]
mod tests;
