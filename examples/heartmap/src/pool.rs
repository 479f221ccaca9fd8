//! Where files are read: a few threads, with a bound on everything.

use crate::{
    analysis::Analysis,
    h5ad::{H5adError, Meter, StopOnDrop},
    parameters::Parameters,
};
use bytes::Bytes;
use palisade::{Clock, Denial, DenialKind};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long the reader has for a file, from when it begins.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// How long a file waits for a thread.
const WAIT: Duration = Duration::from_secs(20);
/// How much longer than that a client waits for a reader that does not look at the clock.
const GRACE: Duration = Duration::from_secs(5);

/// Where files are read.
#[derive(Debug, Clone)]
pub struct Pool {
    threads: Arc<Semaphore>,
    places: Arc<Semaphore>,
    deadline: Duration,
    clock: Clock,
}

/// A place in memory for one file: taken before the file is received, kept until its reading has ended.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    /// So many files are read at once, and as many again are received or wait meanwhile.
    #[must_use]
    pub fn new(threads: usize, clock: Clock) -> Self {
        Self {
            threads: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(threads * 2)),
            deadline: DEADLINE,
            clock,
        }
    }

    /// A place for one more file.
    ///
    /// # Errors
    ///
    /// 503 where there is none.
    pub fn place(&self) -> Result<Place, Denial> {
        self.places.clone().try_acquire_owned().map(|permit| Place { _permit: permit }).map_err(|_| busy())
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// 400 with what is wrong with the file; 503 where no thread is free, or the time is over.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the reading; thread and place are free when it has ended.
    pub async fn analyze(
        &self,
        place: Place,
        file: Bytes,
        parameters: Parameters,
    ) -> Result<Analysis, Denial> {
        let length = file.len();
        self.run(place, length, move |meter| Analysis::of(file, &parameters, meter)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        place: Place,
        length: usize,
        read: impl FnOnce(&Arc<Meter>) -> Result<T, H5adError> + Send + 'static,
    ) -> Result<T, Denial> {
        let thread = tokio::time::timeout(WAIT, self.threads.clone().acquire_owned()).await;
        let thread = thread.map_err(|_| busy())?.map_err(|_| busy())?;
        let meter = Meter::new(&self.clock, self.deadline, length);
        let _stop = StopOnDrop(meter.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let _held = (thread, place);
            read(&meter)
        });
        match tokio::time::timeout(self.deadline + GRACE, reading).await {
            Ok(Ok(answer)) => Ok(answer?),
            // Only a file makes the reader panic: its fault, and not ours to tell as 500.
            Ok(Err(fault)) => {
                tracing::warn!(target: "heartmap::reader", %fault, "the reader gave up on a file");
                Err(H5adError::Damaged(None).into())
            }
            Err(_) => Err(H5adError::OutOfTime.into()),
        }
    }
}

fn busy() -> Denial {
    Denial::new(DenialKind::Overloaded).because("analysis_busy").retry_after(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc, thread};

    fn told<T>(answer: Result<T, Denial>) -> Option<(u16, &'static str)> {
        answer.err().map(|denial| (denial.kind().status().as_u16(), denial.reason()))
    }

    #[tokio::test]
    async fn a_reader_that_panics_is_a_damaged_file_and_frees_its_place() {
        let pool = Pool::new(1, Clock::system());
        for _ in 0..4 {
            let place = pool.place().unwrap();
            let ended = pool.run(place, 1, |_| -> Result<(), H5adError> { unreachable!("as a fault would") });
            assert_eq!(told(ended.await), Some((400, "invalid_body")));
        }
    }

    #[tokio::test]
    async fn when_all_places_are_taken_nothing_more_is_received() {
        let pool = Pool::new(1, Clock::system());
        let taken = [pool.place().unwrap(), pool.place().unwrap()];
        assert_eq!(told(pool.place()), Some((503, "analysis_busy")));
        drop(taken);
        assert!(pool.place().is_ok());
    }

    #[tokio::test]
    async fn a_reader_whose_client_is_gone_ends() {
        let pool = Pool::new(1, Clock::system());
        let (tell, hear) = mpsc::channel();
        let place = pool.place().unwrap();
        let reading = pool.run(place, 1, move |meter| {
            tell.send("begun").unwrap();
            while meter.check().is_ok() {
                thread::yield_now();
            }
            tell.send("ended").unwrap();
            Ok(())
        });
        let left = tokio::time::timeout(Duration::from_millis(100), reading).await;
        assert!(left.is_err(), "the client did not leave");
        assert_eq!((hear.recv().unwrap(), hear.recv().unwrap()), ("begun", "ended"));
    }
}
