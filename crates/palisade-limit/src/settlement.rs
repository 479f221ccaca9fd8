//! Corrections of charges that nobody waits for.

use palisade_core::Reply;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, Waker},
};

/// Brings corrections to their end when a response has left or a stream has ended.
///
/// A store that answers at once needs no help. One that answers later needs somebody who waits for it: a task.
#[derive(Clone, Default)]
pub(crate) struct Settler {
    spawn: Option<Arc<dyn Fn(Reply<()>) + Send + Sync>>,
    warned: Arc<AtomicBool>,
}

impl Settler {
    pub(crate) fn spawning(spawn: impl Fn(Reply<()>) + Send + Sync + 'static) -> Self {
        Self { spawn: Some(Arc::new(spawn)), warned: Arc::default() }
    }

    /// Takes care of it. Without a spawner, what is not done at once is given up, and the charge stands.
    pub(crate) fn settle(&self, settlement: Reply<()>) {
        let Err(later) = settlement.try_now() else { return };
        match &self.spawn {
            Some(spawn) => spawn(later),
            None if !self.warned.swap(true, Relaxed) => tracing::warn!(
                target: "palisade::setup",
                "a store that answers later was to correct a charge, and nobody waits for it, so it may stand: say \
                 `RateLimit::settle_with(|settlement| {{ tokio::spawn(settlement); }})`"
            ),
            None => {}
        }
    }
}

/// The value of a future that is ready at the first look, now; else later.
pub(crate) fn eager<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Reply<T> {
    let mut future: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Reply::now(value),
        // Polled again by whoever waits, with a waker that wakes.
        Poll::Pending => Reply::later(future),
    }
}

impl fmt::Debug for Settler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settler").field("spawns", &self.spawn.is_some()).finish()
    }
}
