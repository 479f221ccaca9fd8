//! Files that settings name.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// The largest file that is read: 64 KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// The text of a file that a setting names.
///
/// # Errors
///
/// Whatever opening and reading report; [`FileTooLarge`](io::ErrorKind::FileTooLarge) above `MAX_FILE_BYTES`;
/// [`InvalidData`](io::ErrorKind::InvalidData) if it is not UTF-8.
pub(super) fn read_file(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}
