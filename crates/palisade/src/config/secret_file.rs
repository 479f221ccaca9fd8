//! Files that hold one secret each, and files that hold settings.

use std::{
    fs::File,
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
        kind => format!("cannot be read: {kind}"),
    }
}

fn bounded(path: &Path, most: u64) -> io::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    // A named pipe would keep the start waiting for ever.
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Zeroizing::new(text.to_owned()))
}
