//! A link and the task that keeps its connection.

use crate::{failure::Failure, keeper::keep, link::Link, work::Work};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::{runtime::Handle, task::JoinHandle};

/// The task ends with this.
#[derive(Debug)]
pub(crate) struct Kept<W> {
    pub(crate) link: Arc<Link<W>>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

impl<W: Work> Kept<W> {
    pub(crate) fn new(link: Link<W>) -> Self {
        Self { link: Arc::new(link), keeper: Mutex::new(None) }
    }

    /// Whether a call can go out.
    pub(crate) fn ready(&self) -> Result<(), Failure> {
        let given_up = self.link.is_given_up();
        // Somebody must try to come back also where the runtime of the last keeper is gone.
        match (self.is_kept(), given_up) {
            (false, _) => Err(Failure::no_runtime()),
            (true, true) => Err(Failure::given_up()),
            (true, false) => Ok(()),
        }
    }

    /// Sees to it that somebody keeps the connection, also where the runtime of the last keeper is gone.
    fn is_kept(&self) -> bool {
        let Ok(runtime) = Handle::try_current() else { return false };
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if keeper.as_ref().is_none_or(JoinHandle::is_finished) {
            *keeper = Some(runtime.spawn(keep(Arc::clone(&self.link))));
        }
        true
    }
}

impl<W> Drop for Kept<W> {
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(keeper) = keeper.take() {
            keeper.abort();
        }
    }
}
