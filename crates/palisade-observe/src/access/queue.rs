//! The way of lines to a writer that may be slow.

use std::{
    fmt,
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// How many bytes wait for a slow writer; what comes then is dropped and counted: 8 MiB.
pub(super) const LONGEST_WAIT: usize = 8 * 1024 * 1024;

/// How long the last owner waits for lines to be written.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long the thread gathers lines between two writes, so that a busy server does not wake it for every request.
const GATHER: Duration = Duration::from_millis(10);

/// So much memory is kept for the next lines, in bytes.
const KEPT: usize = 1024 * 1024;

/// Lines on their way to a thread that writes them; a request never waits for it.
pub(super) struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    done: Condvar,
    most: usize,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    dropped: u64,
    closed: bool,
    finished: bool,
    /// Waits for a line.
    idle: bool,
    /// Waits for more lines.
    gathering: bool,
}

impl Queue {
    /// A thread that writes to `writer`; `lost` puts a number of dropped lines into a line.
    pub(super) fn start(
        writer: impl Write + Send + 'static,
        lost: impl Fn(&mut Vec<u8>, u64) + Send + 'static,
        most: usize,
    ) -> io::Result<Self> {
        let shared =
            Arc::new(Shared { state: Mutex::default(), wake: Condvar::new(), done: Condvar::new(), most });
        let own = shared.clone();
        thread::Builder::new().name("palisade-access-log".to_owned()).spawn(move || {
            let _done = Done(&own);
            own.run(writer, &lost);
        })?;
        Ok(Self(shared))
    }

    /// Takes a line along, or counts it as dropped.
    #[inline]
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.0.lock();
        if state.finished || state.lines.len() + line.len() > self.0.most {
            state.dropped += 1;
            return;
        }
        state.lines.extend_from_slice(line);
        let is_half_full = state.gathering && state.lines.len() > self.0.most / 2;
        if is_half_full {
            state.gathering = false;
        }
        if mem::take(&mut state.idle) || is_half_full {
            drop(state);
            self.0.wake.notify_one();
        }
    }

    /// How many lines were dropped and not yet told of.
    #[cfg(test)]
    fn dropped(&self) -> u64 {
        self.0.lock().dropped
    }
}

/// The thread has ended, and be it by a panic of the writer.
struct Done<'s>(&'s Shared);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.lock().finished = true;
        self.0.done.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Lines are appended whole or not at all, whatever panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut writer: impl Write, lost: &dyn Fn(&mut Vec<u8>, u64)) {
        let mut batch = Vec::new();
        let mut failing = false;
        loop {
            let (dropped, closed) = {
                let mut state = self.lock();
                while state.lines.is_empty() && state.dropped == 0 && !state.closed {
                    state.idle = true;
                    state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                mem::swap(&mut batch, &mut state.lines);
                (mem::take(&mut state.dropped), state.closed)
            };
            if dropped > 0 {
                lost(&mut batch, dropped);
            }
            let written = writer.write_all(&batch).and_then(|()| writer.flush());
            if let Err(error) = &written
                && !mem::replace(&mut failing, true)
            {
                tracing::error!(target: "palisade::access", kind = %error.kind(), "the access log cannot be written");
            }
            failing = written.is_err();
            if written.is_err() {
                let lines = batch.iter().filter(|byte| **byte == b'\n').count() as u64;
                self.lock().dropped += lines.saturating_sub(u64::from(dropped > 0)) + dropped;
                // A writer that fails at once must not be asked in a circle.
                thread::sleep(Duration::from_millis(100));
            }
            batch.clear();
            // A burst does not keep its memory.
            batch.shrink_to(KEPT);
            if closed && (written.is_err() || self.lock().lines.is_empty()) {
                return;
            }
            self.gather();
        }
    }

    /// Waits a little, or until there is much to write or nobody who writes.
    fn gather(&self) {
        let mut state = self.lock();
        state.gathering = true;
        let waited = self.wake.wait_timeout_while(state, GATHER, |state| state.gathering && !state.closed);
        state = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        state.gathering = false;
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        self.0.wake.notify_one();
        let waited = self.0.done.wait_timeout_while(state, FAREWELL, |state| !state.finished);
        state = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        if !state.finished {
            tracing::warn!(
                target: "palisade::access",
                bytes = state.lines.len(),
                "the access log's writer is stuck; what waits for it is lost"
            );
        }
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A writer that waits for permission before each write.
    struct Gated(mpsc::Receiver<()>, Arc<Mutex<Vec<u8>>>);

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.recv().is_err() {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.1.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lost(out: &mut Vec<u8>, lines: u64) {
        out.extend_from_slice(format!("dropped={lines}\n").as_bytes());
    }

    #[test]
    fn a288_a_writer_that_is_stuck_costs_lines_and_never_a_request() {
        let (permit, permits) = mpsc::channel();
        let out = Arc::new(Mutex::new(Vec::new()));
        let queue = Queue::start(Gated(permits, out.clone()), lost, 64).unwrap();
        queue.push(b"line 0\n");
        // From here on the thread is stuck with the first line, and takes none of the others.
        while !queue.0.lock().lines.is_empty() {
            thread::yield_now();
        }
        for n in 1..1_000 {
            queue.push(format!("line {n}\n").as_bytes());
        }
        assert!(queue.dropped() > 900, "{}", queue.dropped());
        for _ in 0..10 {
            permit.send(()).unwrap();
        }
        drop(queue);
        let text = String::from_utf8(out.lock().unwrap().clone()).unwrap();
        let told: u64 = text
            .lines()
            .filter_map(|line| line.strip_prefix("dropped="))
            .map(|n| n.parse::<u64>().unwrap())
            .sum();
        let lines = text.lines().filter(|line| line.starts_with("line ")).count() as u64;
        assert_eq!(lines + told, 1_000, "{text}");
    }

    #[test]
    fn what_was_pushed_is_written_before_the_owner_is_gone() {
        let (permit, permits) = mpsc::channel();
        let out = Arc::new(Mutex::new(Vec::new()));
        let queue = Queue::start(Gated(permits, out.clone()), lost, LONGEST_WAIT).unwrap();
        for _ in 0..2 {
            permit.send(()).unwrap();
        }
        queue.push(b"one\n");
        queue.push(b"two\n");
        drop(queue);
        assert_eq!(*out.lock().unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn a_writer_that_fails_stops_nobody() {
        let (permit, permits) = mpsc::channel();
        drop(permit);
        let queue = Queue::start(Gated(permits, Arc::default()), lost, LONGEST_WAIT).unwrap();
        queue.push(b"one\n");
        queue.push(b"two\n");
        drop(queue);
    }
}
