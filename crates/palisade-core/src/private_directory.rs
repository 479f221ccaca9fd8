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

/// Whether [`private_directory`] would have to make nothing, or could at all as far as kinds and modes of what is there tell; makes nothing.
///
/// # Errors
///
/// What it would say.
pub fn would_be_private_directory(path: &Path) -> io::Result<()> {
    let missing = missing(path)?;
    let Some(highest) = missing.last() else { return Ok(()) };
    let above = highest.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if std::fs::metadata(above)?.permissions().readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
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
