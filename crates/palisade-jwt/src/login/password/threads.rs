//! Threads that hash, and give way to those that answer.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

/// Threads of a pool's own: each is started when there is work for it, and all end with the pool.
pub(super) struct Threads {
    most: usize,
    started: Mutex<usize>,
    work: Sender<Work>,
    next: Arc<Mutex<Receiver<Work>>>,
}

type Work = Box<dyn FnOnce() + Send>;

/// How far behind others they stand, where the system has such (`nice`): about a tenth of a processor that somebody else wants too.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

impl Threads {
    pub(super) fn new(most: usize) -> Self {
        let (work, next) = channel();
        Self { most, started: Mutex::new(0), work, next: Arc::new(Mutex::new(next)) }
    }

    /// Does it on one of them. Whoever gives no more at once than there can be threads never waits.
    ///
    /// # Errors
    ///
    /// Where the system has no thread left.
    pub(super) fn give(&self, work: Work) -> io::Result<()> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        if *started < self.most {
            match self.start() {
                Ok(()) => *started += 1,
                // One that is there already does it later.
                Err(_) if *started > 0 => {}
                Err(error) => return Err(error),
            }
        }
        self.work.send(work).map_err(|_| io::Error::other("no thread takes work"))
    }

    fn start(&self) -> io::Result<()> {
        let next = self.next.clone();
        thread::Builder::new().name("palisade-hash".to_owned()).spawn(move || work(&next)).map(drop)
    }
}

/// Until nobody can give work any more.
fn work(next: &Mutex<Receiver<Work>>) {
    give_way();
    loop {
        let given = next.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = given else { return };
        // Whoever waits for it hears that it broke; the thread is needed for the next.
        let _ = catch_unwind(AssertUnwindSafe(work));
    }
}

/// A hash takes milliseconds whatever is done; whoever answers in microseconds must not stand behind it. Where the system does not
/// allow it, the work is done all the same.
fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(target: "palisade::login", %error, "hashing has the priority of everything else");
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").field("most", &self.most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn work_is_done_by_few_and_goes_on_after_a_panic() {
        let threads = Threads::new(2);
        let (to, from) = channel();
        for nth in 0..20 {
            let to = to.clone();
            let work = move || {
                assert!(nth % 5 != 0, "on purpose");
                to.send(thread::current().id()).unwrap();
            };
            threads.give(Box::new(work)).unwrap();
        }
        let mut seen: Vec<_> = (0..16).map(|_| from.recv_timeout(Duration::from_secs(60)).unwrap()).collect();
        seen.sort_by_key(|id| format!("{id:?}"));
        seen.dedup();
        assert!((1..=2).contains(&seen.len()), "{seen:?}");
    }

    #[test]
    fn they_end_with_their_owner_and_finish_what_was_begun() {
        let threads = Threads::new(1);
        let (to, from) = channel();
        threads.give(Box::new(move || to.send(()).unwrap())).unwrap();
        drop(threads);
        assert!(from.recv_timeout(Duration::from_secs(60)).is_ok());
        // The sender went with the thread's work.
        assert!(from.recv_timeout(Duration::from_secs(60)).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a166_they_give_way_to_others_and_others_keep_their_priority() {
        let own = || rustix::process::getpriority_process(None).unwrap();
        let (before, (to, from)) = (own(), channel());
        Threads::new(1).give(Box::new(move || to.send(own()).unwrap())).unwrap();
        assert_eq!(from.recv_timeout(Duration::from_secs(60)).unwrap(), NICE.max(before));
        assert_eq!(own(), before);
    }
}
