//! The process's own environment and files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The largest settings file that is read: 64 KiB.
pub const MAX_FILE_BYTES: u64 = 64 * 1024;

/// An environment variable of this process.
///
/// A value that is not UTF-8 stays set, with replacement characters that no check lets through: as "unset" it would
/// open the service.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &[u8], expected: Result<&str, io::ErrorKind>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("settings");
        std::fs::write(&path, content).unwrap();
        assert_eq!(read_file(&path).as_deref().map_err(io::Error::kind), expected);
    }

    #[test]
    fn files_are_bounded_and_utf8() {
        let most = "a".repeat(usize::try_from(MAX_FILE_BYTES).unwrap());
        check(b"", Ok(""));
        check(b"token\n", Ok("token\n"));
        check(most.as_bytes(), Ok(&most));
        check(format!("{most}a").as_bytes(), Err(io::ErrorKind::FileTooLarge));
        check(b"\xff\xfe", Err(io::ErrorKind::InvalidData));
    }

    #[test]
    fn missing_files_and_directories_are_errors() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read_file(&directory.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(read_file(directory.path()).is_err());
    }

    #[test]
    fn a_variable_that_does_not_exist_is_unset() {
        assert_eq!(process_variable("DEEPAAS_NO_SUCH_VARIABLE"), None);
    }
}
