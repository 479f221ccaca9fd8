//! Files that hold one secret each, and files that hold settings.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};
use zeroize::Zeroizing;

/// A secret is no longer.
const LONGEST_SECRET: u64 = 64 * 1024;
/// Settings are no longer.
pub(super) const LONGEST_FILE: u64 = 4 * 1024 * 1024;

/// The secret in a file, without the line end that editors put after it.
pub(super) fn read(path: &str) -> Result<Zeroizing<String>, String> {
    if path.trim().is_empty() {
        return Err("names no file".to_owned());
    }
    let mut text = bounded(Path::new(path), LONGEST_SECRET)
        .map_err(|fault| format!("{path} {}", reason(&fault, "64 KiB")))?;
    let line = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(&text).len();
    text.truncate(line);
    Ok(text)
}

/// The settings in a file.
pub(super) fn settings(path: &Path) -> Result<Zeroizing<String>, String> {
    if path.to_string_lossy().trim().is_empty() {
        return Err("names no file".to_owned());
    }
    bounded(path, LONGEST_FILE).map_err(|fault| reason(&fault, "4 MiB"))
}

fn reason(fault: &io::Error, most: &str) -> String {
    match fault.kind() {
        io::ErrorKind::FileTooLarge => format!("is larger than {most}"),
        io::ErrorKind::InvalidData => "is not UTF-8".to_owned(),
        io::ErrorKind::NotFound => "cannot be read: it is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "cannot be read: this process may not".to_owned(),
        io::ErrorKind::Other => "cannot be read: it is no regular file".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

fn bounded(path: &Path, most: u64) -> io::Result<Zeroizing<String>> {
    // A named pipe would keep the start waiting for ever, in the opening already.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let file = File::open(path)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::{process::Command, sync::mpsc, thread, time::Duration};

    #[test]
    fn a_directory_is_told_to_be_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let told = settings(directory.path()).map(drop).unwrap_err();
        assert_eq!(told, "cannot be read: it is no regular file");
    }

    #[test]
    fn a_named_pipe_keeps_nobody_waiting() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
            return;
        }
        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send((settings(&pipe), read(&pipe.to_string_lossy()))));
        let (settings, secret) = told.recv_timeout(Duration::from_secs(10)).unwrap();
        assert!(settings.is_err() && secret.is_err());
    }
}
