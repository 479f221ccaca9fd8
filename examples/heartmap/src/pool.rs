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
        let thread = tokio::time::timeout(WAIT, self.threads.clone().acquire_owned()).await;
        let thread = thread.map_err(|_| busy())?.map_err(|_| busy())?;
        let meter = Meter::new(&self.clock, self.deadline, file.len());
        let _stop = StopOnDrop(meter.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let analysis = Analysis::of(file, &parameters, &meter);
            drop((thread, place));
            analysis
        });
        match tokio::time::timeout(self.deadline + GRACE, reading).await {
            Ok(Ok(analysis)) => Ok(analysis?),
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
