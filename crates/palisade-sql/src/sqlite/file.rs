//! The file of a database, for its owner alone.

use palisade_core::{private_directory, would_be_private_directory};
use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Makes the file and its directory where they are not there, and takes every right from others. SQLite gives the files beside it
/// the mode of this one.
pub(crate) fn prepare(path: &Path) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty())
        && !directory.is_dir()
    {
        private_directory(directory)?;
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path)?);
    for name in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        match close_to_others(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Whether [`prepare`] could do its work, as far as what is there tells; makes nothing.
pub(crate) fn look(path: &Path, read_only: bool) -> io::Result<()> {
    match OpenOptions::new().read(true).write(!read_only).open(path) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound && !read_only => {
            let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
            directory.map_or(Ok(()), would_be_private_directory)
        }
        opened => opened.map(drop),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    permissions.set_mode(0o600);
    fs::set_permissions(path, permissions)
}

/// Elsewhere the directory's access list decides.
#[cfg(not(unix))]
fn close_to_others(path: &Path) -> io::Result<()> {
    fs::metadata(path).map(drop)
}
