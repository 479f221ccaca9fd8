//! The keys of a provider, as a source of keys.

use super::{
    round::Provider,
    schedule::{Health, Verdict},
    shared::{Shared, View},
    status::RemoteStatus,
    worker::Worker,
};
use crate::{key_set::KeySet, key_source::KeySource};
use palisade_core::Reply;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

/// For which a request waits for keys at most; then it is answered with 503.
pub const MAX_WAIT: Duration = Duration::from_secs(2);

/// The keys of an identity provider, found by its issuer and kept fresh in the background.
///
/// Cheap to clone; clones share the keys and one background task, which ends when the last of them is dropped. Building asks
/// nobody: a provider that is down delays no start. The task starts with the building, or with the first token where that was
/// outside a tokio runtime; the runtime needs I/O and time.
///
/// ```
/// use palisade_jwt::remote::RemoteKeys;
///
/// let keys = RemoteKeys::issuer("https://id.example.com/realms/main").build()?;
/// assert!(!keys.status().is_usable()); // nothing was fetched yet
/// # Ok::<(), palisade_jwt::remote::RemoteSetupErrors>(())
/// ```
#[derive(Clone)]
pub struct RemoteKeys(Arc<Owner>);

/// Everything that ends with the last clone.
struct Owner {
    shared: Arc<Shared>,
    provider: Arc<Provider>,
    worker: Mutex<Option<Worker>>,
}

impl RemoteKeys {
    pub(crate) fn new(shared: Shared, provider: Provider) -> Self {
        let owner =
            Owner { shared: Arc::new(shared), provider: Arc::new(provider), worker: Mutex::default() };
        owner.work();
        Self(Arc::new(owner))
    }

    /// The issuer.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.provider.issuer
    }

    /// How the keys stand now.
    #[must_use]
    pub fn status(&self) -> RemoteStatus {
        self.0.work();
        let now = self.0.shared.clock.now().mono;
        let View { health, since, due, failures, last_error, skipped } = self.0.shared.view(now);
        RemoteStatus {
            keys: self.0.shared.keys(now).map_or(0, |keys| keys.len()),
            skipped,
            is_stale: is_stale(health, failures),
            age: since.map(|since| Duration::from_nanos(now.nanos_since(since))),
            next: Duration::from_nanos(due.nanos_since(now)),
            failures,
            last_error,
        }
    }
}

impl KeySource for RemoteKeys {
    fn current(&self) -> Option<Arc<KeySet>> {
        let keys = self.0.shared.keys(self.0.shared.clock.now().mono);
        if keys.is_none() {
            self.0.work();
        }
        keys
    }

    /// Waits for one fetch that all callers share, [`MAX_WAIT`] at most; at most one fetch in 30 seconds begins this way. Also
    /// answers where there are no keys yet.
    fn missing(&self, id: &str) -> Reply<Option<Arc<KeySet>>> {
        self.0.work();
        let shared = &self.0.shared;
        let now = shared.clock.now().mono;
        let keys = shared.keys(now);
        if keys.as_ref().is_some_and(|keys| keys.by_id(id).is_some()) {
            return Reply::now(keys);
        }
        match shared.missing(now) {
            Verdict::Absent => Reply::now(keys),
            Verdict::Undecided => Reply::now(None),
            Verdict::Wait { rounds } => match Arc::clone(&shared.waiters).try_acquire_owned() {
                Ok(permit) => Reply::later(wait(Arc::clone(shared), rounds, id.into(), permit)),
                Err(_) => Reply::now(None),
            },
        }
    }

    fn is_stale(&self) -> bool {
        let View { health, failures, .. } = self.0.shared.view(self.0.shared.clock.now().mono);
        is_stale(health, failures)
    }
}

/// Keys that are just being fetched again are not stale.
fn is_stale(health: Health, failures: u32) -> bool {
    match health {
        Health::None | Health::Fresh => false,
        Health::Late => failures > 0,
        Health::Alarming | Health::Dead => true,
    }
}

async fn wait(
    shared: Arc<Shared>,
    rounds: u64,
    id: Box<str>,
    _permit: OwnedSemaphorePermit,
) -> Option<Arc<KeySet>> {
    let mut ended = shared.ended.subscribe();
    timeout(MAX_WAIT, ended.wait_for(|ended| *ended >= rounds)).await.ok()?.ok()?;
    let now = shared.clock.now().mono;
    let keys = shared.keys(now)?;
    if keys.by_id(&id).is_some() {
        return Some(keys);
    }
    match shared.still_missing(now) {
        Verdict::Absent => Some(keys),
        Verdict::Undecided | Verdict::Wait { .. } => None,
    }
}

impl Owner {
    /// Sees to it that the background works, where that is possible.
    fn work(&self) {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if worker.as_ref().is_none_or(Worker::is_over) {
            *worker = Worker::start(&self.shared, &self.provider);
        }
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys").field("issuer", &self.name()).finish_non_exhaustive()
    }
}
