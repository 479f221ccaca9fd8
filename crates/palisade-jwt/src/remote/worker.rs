//! The background task of one provider, and how it ends.

use super::{
    error::{RemoteError, RemoteErrorKind},
    round::{Memory, Provider},
    schedule::Next,
    shared::Shared,
};
use std::{mem, sync::Arc};
use tokio::{
    runtime::Handle,
    select,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// Runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Worker(JoinHandle<()>);

impl Worker {
    /// Starts on the runtime of the caller, if it is on one.
    pub(crate) fn start(shared: &Arc<Shared>, provider: &Arc<Provider>) -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        shared.interrupted();
        Some(Self(runtime.spawn(work(Arc::clone(shared), Arc::clone(provider)))))
    }

    /// Whether its runtime is gone.
    pub(crate) fn is_over(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn work(shared: Arc<Shared>, provider: Arc<Provider>) {
    let mut memory = Memory::default();
    loop {
        let now = shared.clock.now().mono;
        match shared.next(now) {
            Next::Wait(duration) => {
                select! {
                    () = sleep(duration) => {}
                    () = shared.wake.notified() => {}
                }
            }
            Next::Round => {
                // In a task of its own, which ends with this one: a fetcher that panics is a failed round.
                let mut task = JoinSet::new();
                task.spawn(Arc::clone(&provider).round(mem::take(&mut memory), now));
                let found = match task.join_next().await {
                    Some(Ok((left, found))) => {
                        memory = left;
                        found
                    }
                    Some(Err(_)) | None => {
                        Err(RemoteError::new(RemoteErrorKind::Internal, "the fetch panicked"))
                    }
                };
                shared.take_in(found, shared.clock.now().mono);
            }
        }
    }
}
