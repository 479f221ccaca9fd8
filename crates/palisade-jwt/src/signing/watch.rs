//! Rotates keys when it is time.

use super::keys::Inner;
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

/// How often a directory is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Starts a thread that ends by itself, within five seconds, when the keys are dropped.
///
/// A thread, because looking at a file may block (a network file system) and no request may wait for that.
pub(super) fn start(keys: &Arc<Inner>) -> io::Result<()> {
    let keys = Arc::downgrade(keys);
    thread::Builder::new().name("palisade-keys".to_owned()).spawn(move || watch(&keys))?;
    Ok(())
}

fn watch(keys: &Weak<Inner>) {
    loop {
        thread::sleep(EVERY);
        let Some(keys) = keys.upgrade() else { return };
        // A failure was told, and is tried again. An application's sink that panics must not end the watch.
        let _ = catch_unwind(AssertUnwindSafe(|| keys.refresh()));
    }
}
