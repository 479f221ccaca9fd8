//! What is left of a request's body when the request is answered.

use axum::{
    body::{Body, HttpBody},
    extract::Request,
};
use bytes::Bytes;
use http::{Version, header::EXPECT};
use http_body::{Frame, SizeHint};
use std::{
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};

/// How much of a body that nobody reads is read and thrown away, in bytes.
pub const DISCARD: u64 = 32 << 20;
/// How long that may take.
const TIME: Duration = Duration::from_secs(30);
/// What must come within [`WINDOW`], in bytes: who trickles is not waited for.
const LEAST: u64 = 32 << 10;
const WINDOW: Duration = Duration::from_secs(2);

/// Sees to it that a client which is still sending gets to read the answer: an answer in front of bytes that nobody reads is lost
/// when the connection is closed over them.
#[inline]
pub(crate) fn watch(request: Request) -> Request {
    if request.body().is_end_stream() { request } else { watch_body(request) }
}

fn watch_body(request: Request) -> Request {
    // HTTP/2 ends a stream and keeps its connection (RFC 9113 §8.1). Who asked whether to go on is told not to.
    if request.version() >= Version::HTTP_2 || request.headers().contains_key(EXPECT) {
        return request;
    }
    request.map(|body| Body::new(Rest { inner: body, is_over: false }))
}

/// A body whose rest is discarded, within bounds, as soon as nobody wants it: a refusal does not wait for that, and whoever
/// listens while sending reads it at once.
///
/// That takes a task. It ends with the connection, which is all that it holds, and at the latest after [`TIME`].
struct Rest {
    inner: Body,
    is_over: bool,
}

impl Drop for Rest {
    fn drop(&mut self) {
        if self.is_over || self.inner.is_end_stream() {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let rest = mem::take(&mut self.inner);
            runtime.spawn(timeout(TIME, discard(rest)));
        }
    }
}

/// Reads to the end, or to the first bound.
async fn discard(mut body: Body) {
    let mut read = 0;
    while read <= DISCARD {
        match timeout(WINDOW, some(&mut body)).await {
            Ok(Some(length)) => read += length,
            Ok(None) | Err(_) => return,
        }
    }
}

/// Reads [`LEAST`] or more; `None` at the end.
async fn some(body: &mut Body) -> Option<u64> {
    let mut read = 0_u64;
    while read < LEAST {
        let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?.ok()?;
        let length = frame.data_ref().map_or(0, Bytes::len);
        read = read.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    }
    Some(read)
}

impl HttpBody for Rest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        self.is_over |= matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests;
