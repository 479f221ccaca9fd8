//! What goes on although nobody waits for it.

use palisade_core::Reply;
use tokio::runtime::Handle;

/// Runs to its end in a task of its own. `false` where there is no runtime, and then not at all.
pub(crate) fn detach(future: impl Future<Output = ()> + Send + 'static) -> bool {
    let Ok(runtime) = Handle::try_current() else { return false };
    // What runs is bounded in time by its own timeout.
    drop(runtime.spawn(future));
    true
}

/// Runs to its end whether or not the caller stays to hear the answer; `None` where the task broke.
///
/// Without a runtime it runs as long as the caller waits.
pub(crate) fn insist<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> Reply<Option<T>> {
    match Handle::try_current() {
        Ok(runtime) => {
            let task = runtime.spawn(future);
            Reply::later(async move { task.await.ok() })
        }
        Err(_) => Reply::later(async move { Some(future.await) }),
    }
}
