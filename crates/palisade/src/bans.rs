//! Bans that a store takes its time over.

use palisade_core::Reply;
use palisade_limit::StoreError;
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::Semaphore, time::sleep};

/// Bans under way at once; who is banned beyond that is told of, and not banned.
const AT_ONCE: usize = 64;
/// How often a store is asked, and how long it is left alone in between.
const TRIES: u32 = 3;
const BETWEEN: Duration = Duration::from_secs(1);

/// Where bans go on that a store does not answer at once. Each ends by itself: a store has its own bound on time, and is asked three
/// times at most.
#[derive(Clone)]
pub(crate) struct Bans(Arc<Semaphore>);

impl Default for Bans {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Bans {
    /// Asks until it is done; whether it is done, or under way.
    pub(crate) fn ask(
        &self,
        ip: IpAddr,
        ban: impl Fn() -> Reply<Result<(), StoreError>> + Send + 'static,
    ) -> bool {
        let first = match ban().try_now() {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => Reply::now(Err(error)),
            Err(later) => later,
        };
        let Ok(runtime) = Handle::try_current() else {
            tracing::warn!(target: "palisade::suspicion", %ip, "an address was not banned: outside of a runtime nobody waits for the store");
            return false;
        };
        let Ok(permit) = self.0.clone().try_acquire_owned() else {
            tracing::warn!(target: "palisade::suspicion", %ip, "an address was not banned: too many bans wait for the store");
            return false;
        };
        runtime.spawn(async move {
            let _permit = permit;
            let mut reply = first;
            for left in (0..TRIES).rev() {
                match reply.await {
                    Ok(()) => return,
                    Err(error) if left == 0 => {
                        tracing::warn!(target: "palisade::suspicion", %ip, %error, "an address was not banned");
                        return;
                    }
                    Err(_) => sleep(BETWEEN).await,
                }
                reply = ban();
            }
        });
        true
    }
}
