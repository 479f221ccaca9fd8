//! What is logged on the thread of one test.

use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing::subscriber::DefaultGuard;

/// Everything that was logged since it was made.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Vec<u8>>);

impl Log {
    /// Listens until the guard is dropped.
    pub(crate) fn listen() -> (Arc<Self>, DefaultGuard) {
        let log = Arc::new(Self::default());
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// Whether one line has all of these words.
    pub(crate) fn says(&self, words: &[&str]) -> bool {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().any(|line| words.iter().all(|word| line.contains(word)))
    }
}

impl io::Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
