//! What is ended although nobody waits for it any more.

use super::error::LoginError;
use crate::store_error::StoreErrorKind;
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Semaphore, time::timeout};

/// Acts that change something, so many under way at once.
#[derive(Clone, Debug)]
pub(super) struct Acts(Arc<Semaphore>);

const ACTS: usize = 128;
/// After this nobody knows whether it was done.
const PATIENCE: Duration = Duration::from_secs(10);

/// Two parts of an act take less than the patience with all of it, so that it can still say what became of it.
const PART: Duration = Duration::from_millis(4_500);

/// A part of an act, given up in time.
pub(super) async fn in_time<T>(part: impl Future<Output = Result<T, LoginError>>) -> Result<T, LoginError> {
    timeout(PART, part).await.unwrap_or_else(|_| Err(LoginError::Store(StoreErrorKind::Unavailable.into())))
}

impl Acts {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ACTS)))
    }

    /// Does it to the end, whether or not the caller stays to hear the answer.
    pub(super) async fn insist<T: Send + 'static, E: From<LoginError> + Send + 'static>(
        &self,
        act: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<T, E> {
        let Ok(permit) = self.0.clone().try_acquire_owned() else { return Err(LoginError::Busy.into()) };
        let Ok(runtime) = Handle::try_current() else { return Err(LoginError::Broken.into()) };
        let task = runtime.spawn(async move {
            let outcome = timeout(PATIENCE, act).await;
            drop(permit);
            outcome.unwrap_or_else(|_| Err(LoginError::Store(StoreErrorKind::Unavailable.into()).into()))
        });
        task.await.unwrap_or_else(|_| Err(LoginError::Broken.into()))
    }
}
