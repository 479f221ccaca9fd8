//! Reads token files again when they change.

use super::shared::Shared;
use std::{
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
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
        // A change that could not be read is tried again until it can: it may take a token away. So is one over which the
        // application's sink panics, which must not end the watch.
        if now != *seen && matches!(catch_unwind(AssertUnwindSafe(|| tokens.reload())), Ok(Ok(_))) {
            *seen = now;
        }
    }
}

/// What changes when a file does: times, length, and which file it is. The time of the last change of any kind cannot be set
/// back, so an edit that keeps length and date is seen too, and so is a change of who may read it.
pub(super) type Stamp = Option<(SystemTime, u64, [i64; 3])>;

pub(super) fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    files
        .iter()
        .map(|path| {
            let meta = fs::metadata(path).ok()?;
            Some((meta.modified().ok()?, meta.len(), identity(&meta)))
        })
        .collect()
}

#[cfg(unix)]
fn identity(meta: &fs::Metadata) -> [i64; 3] {
    use std::os::unix::fs::MetadataExt as _;
    [meta.ino().cast_signed(), meta.ctime(), meta.ctime_nsec()]
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> [i64; 3] {
    [0; 3]
}
