//! Reads token files again when they change.

use super::shared::Shared;
use std::{
    fs, io,
    path::PathBuf,
    sync::{Arc, Weak},
    thread,
    time::{Duration, SystemTime},
};

/// How often files are looked at; a removed token is refused this much later at most.
const EVERY: Duration = Duration::from_secs(1);

/// Starts a thread that ends by itself, within a second, when the tokens are dropped.
///
/// A thread, because looking at a file may block (a network file system) and no request may wait for that.
pub(super) fn start(files: Vec<PathBuf>, mut seen: Vec<Stamp>, tokens: &Arc<Shared>) -> io::Result<()> {
    let tokens = Arc::downgrade(tokens);
    thread::Builder::new()
        .name("palisade-tokens".to_owned())
        .spawn(move || watch(&files, &tokens, &mut seen))?;
    Ok(())
}

fn watch(files: &[PathBuf], tokens: &Weak<Shared>, seen: &mut Vec<Stamp>) {
    loop {
        thread::sleep(EVERY);
        let Some(tokens) = tokens.upgrade() else { return };
        let now = stamps(files);
        if now != *seen {
            *seen = now;
            // The outcome goes to the event sink; the old tokens stay in force where it failed.
            let _ = tokens.reload();
        }
    }
}

/// What changes when a file does: time, length, and which file it is (an atomic replace changes that alone).
pub(super) type Stamp = Option<(SystemTime, u64, u64)>;

pub(super) fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    files
        .iter()
        .map(|path| {
            let meta = fs::metadata(path).ok()?;
            Some((meta.modified().ok()?, meta.len(), inode(&meta)))
        })
        .collect()
}

#[cfg(unix)]
fn inode(meta: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}
