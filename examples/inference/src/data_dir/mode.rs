//! File modes where there are any.

#[cfg(unix)]
pub(super) use unix::{create_private_dir, of, sync_dir};

#[cfg(not(unix))]
pub(super) use other::{create_private_dir, of, sync_dir};

#[cfg(unix)]
mod unix {
    use std::{
        fs::{DirBuilder, File, Metadata},
        io,
        os::unix::fs::{DirBuilderExt, PermissionsExt},
        path::Path,
    };

    /// Makes the directory and its missing parents; an existing one is left as it is.
    pub(in super::super) fn create_private_dir(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// The permission bits.
    pub(in super::super) fn of(metadata: &Metadata) -> Option<u32> {
        Some(metadata.permissions().mode() & 0o7777)
    }

    /// Makes a rename in the directory durable.
    pub(in super::super) fn sync_dir(path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

#[cfg(not(unix))]
mod other {
    use std::{
        fs::{self, Metadata},
        io,
        path::Path,
    };

    pub(in super::super) fn create_private_dir(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    pub(in super::super) const fn of(_: &Metadata) -> Option<u32> {
        None
    }

    pub(in super::super) const fn sync_dir(_: &Path) -> io::Result<()> {
        Ok(())
    }
}
