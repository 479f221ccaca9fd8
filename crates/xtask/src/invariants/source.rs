//! The source files of the workspace.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One `.rs` file of a package's `src`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceFile {
    /// Relative to the workspace's root, with forward slashes.
    pub(super) path: String,
    pub(super) text: String,
}

impl SourceFile {
    #[cfg(test)]
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The package's directory, `crates/name`, and the path below its `src`.
    pub(super) fn split(&self) -> Option<(&str, &str)> {
        self.path.split_once("/src/")
    }

    /// The package's directory if it is one of `crates/`, not an example.
    pub(super) fn in_crates(&self) -> Option<(&str, &str)> {
        self.split().filter(|(package, _)| package.starts_with("crates/"))
    }

    /// `clock.rs`.
    pub(super) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Every file of `crates/*/src` and `examples/*/src`, by path.
pub(super) fn read(root: &Path) -> io::Result<Vec<SourceFile>> {
    let mut paths = Vec::new();
    for parent in ["crates", "examples"] {
        let parent = root.join(parent);
        if !parent.is_dir() {
            continue;
        }
        for package in fs::read_dir(parent)? {
            let sources = package?.path().join("src");
            if sources.is_dir() {
                walk(&sources, &mut paths)?;
            }
        }
    }
    let mut files = paths.iter().map(|path| load(root, path)).collect::<io::Result<Vec<_>>>()?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(directory: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            walk(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn load(root: &Path, path: &Path) -> io::Result<SourceFile> {
    let relative = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    Ok(SourceFile { path: relative, text: fs::read_to_string(path)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_sources_are_found() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let files = read(root).unwrap();
        let own = files.iter().find(|file| file.path == "crates/xtask/src/invariants/source.rs").unwrap();
        assert_eq!(own.in_crates(), Some(("crates/xtask", "invariants/source.rs")));
        assert_eq!(own.name(), "source.rs");
        assert!(own.text.contains("own_sources_are_found"));
    }

    #[test]
    fn examples_are_not_crates() {
        let file = SourceFile::new("examples/echo/src/main.rs", "");
        assert_eq!(file.split(), Some(("examples/echo", "main.rs")));
        assert_eq!(file.in_crates(), None);
    }
}
