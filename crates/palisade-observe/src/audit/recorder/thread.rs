//! The thread that appends.

use super::{
    counted,
    queue::{Batch, Queue},
};
use crate::audit::{error::AuditErrorKind, link::Link, log::AuditLog};
use palisade_core::{Unrecorded, wait};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};
use tokio::runtime::Handle;

/// The longest pause between attempts.
const PAUSE: Duration = Duration::from_secs(1);
/// Attempts after nobody waits any more.
const LAST: u32 = 3;

/// The last record that was appended here.
pub(super) type Last = Arc<Mutex<Option<Link>>>;

pub(super) fn start(queue: Arc<Queue>, log: Arc<dyn AuditLog>, last: Last) -> io::Result<()> {
    // A database needs the runtime, and a file does not.
    let runtime = Handle::try_current().ok();
    let work = move || {
        let _entered = runtime.as_ref().map(Handle::enter);
        let _finish = Finish(&queue);
        run(&queue, &*log, &last);
    };
    thread::Builder::new().name("palisade-audit".to_owned()).spawn(work).map(drop)
}

/// The thread has ended, and be it by a panic of the log.
struct Finish<'q>(&'q Queue);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        self.0.finish();
    }
}

fn run(queue: &Queue, log: &dyn AuditLog, last: &Last) {
    let (mut attempts, mut pause) = (0, Duration::from_millis(10));
    while let Some(Batch { entries, closed }) = queue.next() {
        let (count, began) = (entries.len(), queue.now_mono());
        match wait(log.append(entries)) {
            Ok(link) => {
                (attempts, pause) = (0, Duration::from_millis(10));
                *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
                counted::appended(count, queue.now_mono().nanos_since(began));
                queue.appended(count);
            }
            Err(error) if error.kind() == AuditErrorKind::Invalid => {
                tracing::error!(target: "palisade::audit", %error, count, "entries are lost");
                queue.give_up(count);
            }
            Err(error) => {
                counted::failed();
                if queue.failed(&Unrecorded::new(error.to_string())) {
                    tracing::error!(target: "palisade::audit", %error, "the audit log cannot be written; what comes waits");
                }
                attempts += 1;
                if closed && attempts >= LAST {
                    return;
                }
                queue.pause(pause);
                pause = (pause * 2).min(PAUSE);
            }
        }
    }
}
