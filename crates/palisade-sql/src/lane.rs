//! How operations run: bounded in number and time, and to their end.

use crate::failure::Failure;
use palisade_core::Reply;
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Semaphore, time::timeout};

/// Operations under way or waiting at once; beyond, asking is an error.
const MOST: usize = 1_024;

/// Runs each operation in a task of its own. Whoever asked may go away: strangers that hang up can then neither break off a
/// transaction nor cost a connection.
#[derive(Clone, Debug)]
pub(crate) struct Lane(Arc<Semaphore>);

impl Lane {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST)))
    }

    pub(crate) fn run<T: Send + 'static, E: From<Failure> + Send + 'static>(
        &self,
        deadline: Duration,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Reply<Result<T, E>> {
        let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() else {
            return Reply::now(Err(Failure::Full.into()));
        };
        let Ok(runtime) = Handle::try_current() else {
            return Reply::now(Err(Failure::NoRuntime.into()));
        };
        let task = runtime.spawn(async move {
            let _permit = permit;
            timeout(deadline, work).await.unwrap_or(Err(Failure::TimedOut))
        });
        Reply::later(async move {
            // Broken, or the runtime ends.
            let outcome = task.await.unwrap_or(Err(Failure::Driver("the operation was broken off")));
            outcome.map_err(E::from)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_apikey::{StoreError, StoreErrorKind};

    const LONG: Duration = Duration::from_secs(60);

    fn kind<T>(outcome: Result<T, StoreError>) -> Option<StoreErrorKind> {
        outcome.err().map(|error| error.kind())
    }

    #[tokio::test]
    async fn operations_are_bounded_in_number_and_time() {
        let lane = Lane::new();
        let forever = |_| lane.run(LONG, std::future::pending::<Result<(), Failure>>());
        let waiting: Vec<Reply<Result<(), StoreError>>> = (0..MOST).map(forever).collect();
        assert_eq!(kind(lane.run(LONG, async { Ok(()) }).await), Some(StoreErrorKind::Unavailable));
        drop(waiting);
        let lane = Lane::new();
        assert_eq!(kind(lane.run(LONG, async { Ok(()) }).await), None);
        let never = lane.run(Duration::from_millis(1), std::future::pending::<Result<(), Failure>>());
        assert_eq!(kind(never.await), Some(StoreErrorKind::Unavailable));
    }

    #[tokio::test]
    async fn what_was_begun_ends_without_whoever_asked() {
        let (tell, told) = tokio::sync::oneshot::channel();
        let reply: Reply<Result<(), StoreError>> = Lane::new().run(LONG, async move {
            tokio::task::yield_now().await;
            let _ = tell.send(());
            Ok(())
        });
        drop(reply);
        told.await.unwrap();
    }

    #[test]
    fn outside_of_a_runtime_it_is_an_error() {
        let reply = Lane::new().run(LONG, async { Ok(()) });
        assert_eq!(kind(reply.try_now().unwrap()), Some(StoreErrorKind::Unavailable));
    }
}
