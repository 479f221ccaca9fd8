//! Directories for what nobody else may read.

use std::{
    fs::DirBuilder,
    io,
    path::{Path, PathBuf},
};

/// Makes the directory at `path`, with those above it that are not there either, each its owner's alone (mode 0700), and tells at INFO
/// which were made. What is there stays as it is.
///
/// # Errors
///
/// Where it cannot be made, or something else is in its place.
pub fn private_directory(path: &Path) -> io::Result<()> {
    let missing = missing(path)?;
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    for path in missing.iter().rev() {
        let path = path.display();
        tracing::info!(target: "palisade::setup", %path, mode = "0700", "a directory was made, its owner's alone");
    }
    Ok(())
}

/// Whether the directory is there and can be written to, or [`private_directory`] could make it; makes nothing.
///
/// # Errors
///
/// What it would say.
pub fn would_be_private_directory(path: &Path) -> io::Result<()> {
    let missing = missing(path)?;
    let Some(highest) = missing.last() else { return writable(path) };
    let above = highest.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    writable(above)
}

#[cfg(unix)]
fn writable(directory: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    access(directory, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from)
}

/// Who may write is told in other ways there, which are not looked at.
#[cfg(not(unix))]
fn writable(directory: &Path) -> io::Result<()> {
    std::fs::metadata(directory).map(drop)
}

/// It and those above it that are not there, the lowest first.
fn missing(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut missing = Vec::new();
    for path in path.ancestors().filter(|path| !path.as_os_str().is_empty()) {
        match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => break,
            Ok(_) => return Err(io::ErrorKind::NotADirectory.into()),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => missing.push(path.to_owned()),
            Err(fault) => return Err(fault),
        }
    }
    Ok(missing)
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt as _};

    #[test]
    fn what_is_made_is_its_owners_and_what_is_there_stays() {
        let root = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let deep = root.path().join("a/b");
        would_be_private_directory(&deep).unwrap();
        assert!(!root.path().join("a").exists());
        private_directory(&deep).unwrap();
        private_directory(&deep).unwrap();
        would_be_private_directory(&deep).unwrap();
        assert_eq!([mode(root.path()), mode(&root.path().join("a")), mode(&deep)], [0o755, 0o700, 0o700]);
        assert_eq!(missing(&deep.join("c/d")).unwrap(), [deep.join("c/d"), deep.join("c")]);
    }

    #[test]
    fn what_may_not_be_written_to_is_told_before() {
        let root = tempfile::tempdir().unwrap();
        let shut = root.path().join("shut");
        fs::create_dir(&shut).unwrap();
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o500)).unwrap();
        let told = [would_be_private_directory(&shut.join("below")), would_be_private_directory(&shut)];
        // Whoever may do everything may do this too.
        let made = private_directory(&shut.join("below"));
        let [below, there] = told.map(|told| told.map_err(|fault| fault.kind()));
        assert_eq!(below, made.map_err(|fault| fault.kind()));
        assert_eq!(there, below);
    }

    #[test]
    fn a_file_in_its_place_is_told_before_and_at_the_start() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "x").unwrap();
        for path in [file.clone(), file.join("below")] {
            let told = [private_directory(&path), would_be_private_directory(&path)];
            let kinds = told.map(|told| told.unwrap_err().kind());
            assert_eq!(kinds, [io::ErrorKind::NotADirectory; 2], "{}", path.display());
        }
    }
}
