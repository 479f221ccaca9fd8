//! Jobs that nobody waits for on a connection.

mod board;
mod ticket;

use crate::{
    generator::Generation,
    request::{InferenceResponse, Job},
    tuner::Tuner,
};
use board::Board;
use data_encoding::HEXLOWER;
use palisade::{Clock, UnixTime};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, task::JoinHandle, time::sleep};

pub use board::Counts;
pub use ticket::{Status, Ticket};

/// Jobs that are answered one after the other, in this process and for as long as it lasts; clones are the same.
#[derive(Clone)]
pub struct Queue(Arc<Shared>);

struct Shared {
    board: Mutex<Board>,
    more: Notify,
    clock: Clock,
}

/// Answers the jobs of a queue; it stops when this is dropped.
#[derive(Debug)]
#[must_use = "jobs wait for as long as nobody works"]
pub struct Worker(JoinHandle<()>);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Queue {
    /// An empty one that reads time from this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self(Arc::new(Shared { board: Mutex::default(), more: Notify::new(), clock }))
    }

    /// Answers its jobs, as fast as `tuner` says.
    pub fn work(&self, tuner: Arc<Tuner>) -> Worker {
        Worker(tokio::spawn(self.clone().run(tuner)))
    }

    /// Takes a job of whoever this is, where fewer than `most` wait; nothing where there is no room.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no random numbers.
    pub fn put(&self, job: Job, by: Box<str>, most: usize) -> Result<Option<Ticket>, getrandom::Error> {
        let mut id = [0; 8];
        getrandom::fill(&mut id)?;
        let ticket = Ticket {
            id: HEXLOWER.encode(&id).into(),
            status: Status::Waiting,
            model: job.model.name().into(),
            by,
            created_at: self.now(),
            started_at: None,
            finished_at: None,
            tokens: 0,
            result: None,
        };
        let put = self.board().put(ticket.clone(), job, most);
        self.0.more.notify_one();
        Ok(put.then_some(ticket))
    }

    /// All of them, the newest ones first, without their answers.
    #[must_use]
    pub fn list(&self) -> Vec<Ticket> {
        self.board().list()
    }

    /// One of them.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Ticket> {
        self.board().find(id).cloned()
    }

    /// Ends a job that waits or runs, and forgets one that is over; `false` where there is none.
    #[must_use]
    pub fn cancel(&self, id: &str) -> bool {
        self.board().cancel(id, self.now())
    }

    /// Ends and forgets all of them.
    pub fn clear(&self) {
        self.board().clear();
    }

    /// How many there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.board().counts()
    }

    async fn run(self, tuner: Arc<Tuner>) {
        loop {
            let next = self.board().start(self.now());
            match next {
                Some((id, job)) => {
                    if let Some(answer) = self.answer(&id, &job, &tuner).await {
                        self.board().finish(&id, answer, self.now());
                    }
                }
                None => self.0.more.notified().await,
            }
        }
    }

    /// Token by token, so that it can be stopped and leaves the processor to those who wait; nothing where it was stopped.
    async fn answer(&self, id: &str, job: &Job, tuner: &Tuner) -> Option<InferenceResponse> {
        let (mut tokens, mut written) = (job.tokens(), Vec::new());
        for token in tokens.by_ref() {
            if !self.board().wrote(id) {
                return None;
            }
            written.push(token);
            metrics::counter!("inference.tokens", "way" => "queue").increment(1);
            sleep(pause(tuner.now().tokens_per_second)).await;
        }
        let finish_reason = tokens.finish_reason()?;
        Some(job.respond(Generation { text: written.concat(), tokens: written, finish_reason }))
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.0.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> UnixTime {
        self.0.clock.now().wall
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// Between two tokens.
#[must_use]
pub fn pause(tokens_per_second: u32) -> Duration {
    Duration::from_secs(1) / tokens_per_second.max(1)
}

#[cfg(test)]
mod tests;
