//! A request body that is neither too long nor too slow.

use crate::pace::Pace;
use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use std::{
    fmt,
    future::Future as _,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Sleep, sleep};

/// What is read and thrown away of a body that is too long, in bytes: a client that is still sending does not listen, and an
/// answer in front of bytes that nobody read is lost when the connection closes.
pub(crate) const DRAIN: u64 = 16 << 20;
/// How long that may take.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// How long a client may pause in it.
const DRAIN_PAUSE: Duration = Duration::from_millis(500);
/// How often a rate is looked at.
const WINDOW: Duration = Duration::from_secs(5);

/// Whether a body was given up because it was too slow; shared with whoever answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Late(Arc<AtomicBool>);

impl Late {
    pub(crate) fn is_late(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// A body, to be put inside `http_body_util::Limited`: it shows what goes over the limit only after what follows was drained.
pub(crate) struct PacedBody {
    inner: Body,
    left: u64,
    pace: Pace,
    late: Late,
    /// Made when the body keeps somebody waiting for the first time; a body that is there at once needs none.
    timers: Option<Timers>,
    over: Option<(Frame<Bytes>, Drain)>,
}

struct Timers {
    deadline: Option<Pin<Box<Sleep>>>,
    window: Pin<Box<Sleep>>,
    received: u64,
}

impl PacedBody {
    pub(crate) const fn new(inner: Body, limit: u64, pace: Pace, late: Late) -> Self {
        Self { inner, left: limit, pace, late, timers: None, over: None }
    }

    /// Done when the client was too slow.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let pace = self.pace;
        let timers = self.timers.get_or_insert_with(|| Timers {
            deadline: pace.deadline.map(|deadline| Box::pin(sleep(deadline))),
            window: Box::pin(sleep(WINDOW)),
            received: 0,
        });
        if timers.deadline.as_mut().is_some_and(|deadline| deadline.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(());
        }
        if pace.rate == 0 {
            return Poll::Pending;
        }
        while timers.window.as_mut().poll(cx).is_ready() {
            if timers.received < u64::from(pace.rate) * WINDOW.as_secs() {
                return Poll::Ready(());
            }
            timers.received = 0;
            timers.window = Box::pin(sleep(WINDOW));
        }
        Poll::Pending
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        if let Some((_, drain)) = &mut this.over {
            ready!(drain.poll(&mut this.inner, cx));
            return Poll::Ready(this.over.take().map(|(frame, _)| Ok(frame)));
        }
        if this.late.is_late() {
            return Poll::Ready(None);
        }
        let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) else {
            ready!(this.poll_late(cx));
            this.late.0.store(true, Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new(TooSlow))));
        };
        let length = match &frame {
            Some(Ok(frame)) => {
                frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX))
            }
            Some(Err(_)) | None => return Poll::Ready(frame),
        };
        if let Some(timers) = &mut this.timers {
            timers.received = timers.received.saturating_add(length);
        }
        match (this.left.checked_sub(length), frame) {
            (None, Some(Ok(frame))) => {
                let (_, drain) = this.over.insert((frame, Drain::default()));
                ready!(drain.poll(&mut this.inner, cx));
                Poll::Ready(this.over.take().map(|(frame, _)| Ok(frame)))
            }
            (left, frame) => {
                this.left = left.unwrap_or(0);
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.over.is_none() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Reads what nobody wants, within bounds.
#[derive(Default)]
pub(crate) struct Drain {
    read: u64,
    timers: Option<[Pin<Box<Sleep>>; 2]>,
}

impl Drain {
    /// Done at the end of the body, or at the first bound.
    pub(crate) fn poll(&mut self, body: &mut Body, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match Pin::new(&mut *body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    let length = frame.data_ref().map_or(0, Bytes::len);
                    self.read = self.read.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
                    if self.read > DRAIN {
                        return Poll::Ready(());
                    }
                    if let Some([_, pause]) = &mut self.timers {
                        *pause = Box::pin(sleep(DRAIN_PAUSE));
                    }
                }
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending => {
                    let timers = || [DRAIN_TIME, DRAIN_PAUSE].map(|time| Box::pin(sleep(time)));
                    let [whole, pause] = self.timers.get_or_insert_with(timers);
                    let late = whole.as_mut().poll(cx).is_ready() || pause.as_mut().poll(cx).is_ready();
                    return if late { Poll::Ready(()) } else { Poll::Pending };
                }
            }
        }
    }
}

/// The client took too long over its body.
#[derive(Clone, Copy, Debug)]
struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request body took too long")
    }
}

impl std::error::Error for TooSlow {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{convert::Infallible, future::poll_fn};

    #[tokio::test]
    async fn of_a_body_without_end_no_more_is_read_than_is_thrown_away() {
        const CHUNK: u64 = 1 << 20;
        let chunks = (0..).map(|sent| {
            assert!(sent * CHUNK <= DRAIN + CHUNK, "{sent} MiB were read");
            Ok::<_, Infallible>(Bytes::from_static(&[0; CHUNK as usize]))
        });
        let mut body = Body::from_stream(tokio_stream::iter(chunks));
        let mut drain = Drain::default();
        poll_fn(|cx| drain.poll(&mut body, cx)).await;
        assert!(drain.read > DRAIN);
    }
}
