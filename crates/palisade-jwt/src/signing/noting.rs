//! How a new key is told of.

use super::{error::SigningKeysError, key::SigningKey};
use palisade_core::{Clock, Event, EventSink, Intent, TokenEvent, Unrecorded};
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

/// How a new key is told of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Noting<'s> {
    /// Before it is written, so that there is none without a record. Waits, for a second or two.
    Before(&'s Arc<dyn EventSink>),
    /// When it is there, without waiting: while a program starts, nobody may be there yet to take note.
    After(&'s Arc<dyn EventSink>),
}

/// A sink answers within about a second.
const PATIENCE: Duration = Duration::from_secs(2);

impl Noting<'_> {
    /// Writes a key that is new, if there is one; whether it was written, and not by somebody else before.
    pub(super) fn write(
        self,
        new: Option<&SigningKey>,
        write: impl FnOnce() -> Result<bool, SigningKeysError>,
    ) -> Result<bool, SigningKeysError> {
        let Some(new) = new else { return write() };
        let event = Event::Token(TokenEvent::KeyAdded { id: new.id().into() });
        let sink = match self {
            Self::Before(sink) => sink,
            Self::After(sink) => {
                let written = write()?;
                if written {
                    sink.emit(&event);
                }
                return Ok(written);
            }
        };
        let late = || Unrecorded::new("it was not noted in time");
        let intent = wait(Intent::declare(sink, event)).unwrap_or_else(|| Err(late()));
        let intent = intent.map_err(SigningKeysError::Unrecorded)?;
        match write() {
            Ok(true) => {
                // That it was begun is on record, and nobody waits to be told that it was done.
                let _ = wait(intent.done());
                Ok(true)
            }
            Ok(false) => {
                intent.abandon("changed_meanwhile");
                Ok(false)
            }
            Err(error) => {
                intent.doubt("key_directory_unavailable");
                Err(error)
            }
        }
    }
}

/// Waits on this thread; nothing where that takes too long.
fn wait<T>(future: impl Future<Output = T>) -> Option<T> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut cx) = (pin!(future), Context::from_waker(&waker));
    let (clock, patience) = (Clock::system(), u64::try_from(PATIENCE.as_nanos()).unwrap_or(u64::MAX));
    let began = clock.now().mono;
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return Some(value);
        }
        let left = patience.checked_sub(clock.now().mono.nanos_since(began)).filter(|left| *left > 0)?;
        thread::park_timeout(Duration::from_nanos(left));
    }
}
