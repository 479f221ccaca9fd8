//! What clones of a recorder share.

use super::{counted, overflow::Overflow, queue::Queue, thread::Last};
use crate::{
    audit::{entry::Entry, link::Link, log::AuditLog, shown::told, time::whole, walk::Verification},
    network::shortened,
    redact::Redactor,
};
use palisade_core::{Clock, KeyHasher, Reply, Timestamp, Unrecorded};
use std::{
    net::IpAddr,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};

pub(super) struct Inner {
    pub(super) log: Arc<dyn AuditLog>,
    pub(super) queue: Arc<Queue>,
    pub(super) last: Last,
    pub(super) overflow: Overflow,
    pub(super) redactor: Redactor,
    pub(super) pseudonyms: KeyHasher,
    pub(super) shortens: bool,
    pub(super) clock: Clock,
    /// The one that it was built in.
    pub(super) runtime: Option<Handle>,
    /// It stands in a stack, and records refusals there.
    pub(super) guards: AtomicBool,
    pub(super) verified: tokio::sync::Mutex<Option<(Timestamp, Verification)>>,
}

/// How long a change waits to be recorded, and a request for room.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// How long the last owner waits for what is still to be appended.
const FAREWELL: Duration = Duration::from_secs(1);

impl Inner {
    pub(super) fn put(&self, entry: Entry) {
        self.queue.put(self.ready(entry));
    }

    /// The answer comes when the entry was appended, or within a second.
    pub(super) fn put_durably(&self, entry: Entry) -> Reply<Result<(), Unrecorded>> {
        // A thread that has no runtime of its own waits by that of the recorder.
        let Some(runtime) = Handle::try_current().ok().or_else(|| self.runtime.clone()) else {
            counted::refused();
            return Reply::now(Err(Unrecorded::new("there is no runtime to wait in")));
        };
        let told = match self.queue.put_durably(self.ready(entry)) {
            Ok(told) => told,
            Err(error) => {
                counted::refused();
                return Reply::now(Err(error));
            }
        };
        let told = {
            let _entered = runtime.enter();
            timeout(PATIENCE, told)
        };
        Reply::later(async move {
            let outcome = match told.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(Unrecorded::new("the audit log has ended")),
                Err(_) => Err(Unrecorded::new("the audit log did not take it within a second")),
            };
            outcome.inspect_err(|_| counted::refused())
        })
    }

    /// An entry with everything that must stand in it, and nothing that must not.
    fn ready(&self, mut entry: Entry) -> Entry {
        if entry.time.as_nanos() == 0 {
            entry.time = self.clock.now().wall;
        }
        entry.time = whole(entry.time);
        if self.shortens {
            entry.client = entry.client.map(shortened);
        }
        for name in [&mut entry.actor, &mut entry.target] {
            *name = name.take().map(|name| self.name(&name));
        }
        for text in [&mut entry.reason, &mut entry.route] {
            *text = text.take().map(|text| told(&self.redactor, &text));
        }
        entry
    }

    /// Kind and id; an e-mail address as its pseudonym, the same one for the same address.
    fn name(&self, name: &str) -> Box<str> {
        // Some are known by their address alone.
        if let Some(ip) = name.parse::<IpAddr>().ok().filter(|_| self.shortens) {
            return shortened(ip).to_string().into();
        }
        let Some((kind, id)) = name.split_once(':') else { return told(&self.redactor, name) };
        // Apart from each other: together they read like a parameter and its value.
        let kind = told(&self.redactor, kind);
        if !id.contains('@') {
            return format!("{kind}:{}", told(&self.redactor, id)).into();
        }
        let key = self.pseudonyms.key(&[id.as_bytes()]);
        let hex: String = key.as_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{kind}:~{hex}").into()
    }

    pub(super) fn is_guarding(&self) -> bool {
        self.guards.load(Relaxed)
    }

    /// The last record that this process appended.
    pub(super) fn last(&self) -> Option<Link> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let left = self.queue.close(FAREWELL);
        if left > 0 {
            tracing::error!(target: "palisade::audit", left, "the audit log is stuck; what waits for it is lost");
        }
    }
}
