//! The process's own environment and files.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// The largest settings file that is read: 64 KiB.
pub const MAX_FILE_BYTES: u64 = 64 * 1024;

/// An environment variable of this process.
///
/// A value that is not UTF-8 stays set, with replacement characters that no check lets through: as "unset" it would silently
/// not count.
#[must_use]
pub fn process_variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The text of a settings file.
///
/// # Errors
///
/// Whatever opening and reading report; [`FileTooLarge`](io::ErrorKind::FileTooLarge) above [`MAX_FILE_BYTES`];
/// [`InvalidData`](io::ErrorKind::InvalidData) if it is not UTF-8.
pub fn read_file(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}
