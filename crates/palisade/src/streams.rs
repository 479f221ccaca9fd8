//! The answers of one connection, and whether anybody reads them.

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{Response, Version};
use http_body::{Frame, SizeHint};
use std::{
    mem,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

/// What is known of one connection.
///
/// Over HTTP/1.1 an answer that nobody reads ends with its connection, which takes nothing any more. Over HTTP/2 the connection is well, and only
/// the stream's window stays shut: the server does not ask for the body then, and would keep it for ever. So bodies are kept here, where they can be let
/// go of.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    asked: AtomicU64,
    is_http_2: AtomicBool,
    open: Mutex<Vec<Weak<Stream>>>,
}

#[derive(Debug)]
pub(crate) struct Stream(Mutex<Reading>);

#[derive(Debug)]
enum Reading {
    /// Its handler has no more of it yet.
    Busy(Body),
    /// Nobody has asked for more of it.
    Unread(Body),
    /// The same, and [`Streams::let_go`] has seen it so.
    Seen(Body),
    /// Nobody has, for too long.
    LetGo,
}

/// As many streams as may be open at once on one connection are looked through for those that have ended.
const FEW: usize = 128;

impl Streams {
    /// One more request.
    pub(crate) fn ask(&self, version: Version) {
        self.asked.fetch_add(1, Relaxed);
        self.is_http_2.store(version >= Version::HTTP_2, Relaxed);
    }

    /// How many there were.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Relaxed)
    }

    /// Its answer.
    pub(crate) fn answer(&self, response: Response<Body>) -> Response<ServedBody> {
        if !self.is_http_2.load(Relaxed) || response.body().is_end_stream() {
            return response.map(ServedBody::Alone);
        }
        response.map(|body| {
            let stream = Arc::new(Stream(Mutex::new(Reading::Unread(body))));
            let mut open = lock(&self.open);
            if open.len() >= FEW {
                open.retain(|stream| stream.strong_count() > 0);
            }
            open.push(Arc::downgrade(&stream));
            ServedBody::Stream(stream)
        })
    }

    /// Lets go of the answers of which nobody has asked for more since the last time but one that it was looked.
    pub(crate) fn let_go(&self) {
        let open = {
            let mut open = lock(&self.open);
            open.retain(|stream| stream.strong_count() > 0);
            open.clone()
        };
        // A body that is dropped may have much to do, and must not keep the others waiting.
        open.iter().filter_map(Weak::upgrade).for_each(|stream| stream.look());
    }
}

impl Stream {
    fn look(&self) {
        let mut reading = lock(&self.0);
        let before = mem::replace(&mut *reading, Reading::LetGo);
        match before {
            Reading::Busy(_) => *reading = before,
            Reading::Unread(body) => *reading = Reading::Seen(body),
            Reading::Seen(_) => {
                tracing::debug!(target: "palisade::serve", "nobody read an answer for too long")
            }
            Reading::LetGo => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A body that panicked is polled no more.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The body of an answer as it is served.
#[derive(Debug)]
pub(crate) enum ServedBody {
    Alone(Body),
    Stream(Arc<Stream>),
}

#[derive(Debug, thiserror::Error)]
#[error("nobody read the answer for too long")]
struct Unread;

impl HttpBody for ServedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Self::Alone(body) => Pin::new(body).poll_frame(cx),
            Self::Stream(stream) => {
                let mut reading = lock(&stream.0);
                let (Reading::Busy(mut body) | Reading::Unread(mut body) | Reading::Seen(mut body)) =
                    mem::replace(&mut *reading, Reading::LetGo)
                else {
                    return Poll::Ready(Some(Err(axum::Error::new(Unread))));
                };
                let polled = Pin::new(&mut body).poll_frame(cx);
                let waits = matches!(polled, Poll::Ready(Some(Ok(_))));
                *reading = if waits { Reading::Unread(body) } else { Reading::Busy(body) };
                polled
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.look(HttpBody::is_end_stream).unwrap_or(false)
    }

    fn size_hint(&self) -> SizeHint {
        self.look(HttpBody::size_hint).unwrap_or_default()
    }
}

impl ServedBody {
    fn look<T>(&self, at: impl FnOnce(&Body) -> T) -> Option<T> {
        match self {
            Self::Alone(body) => Some(at(body)),
            Self::Stream(stream) => match &*lock(&stream.0) {
                Reading::Busy(body) | Reading::Unread(body) | Reading::Seen(body) => Some(at(body)),
                Reading::LetGo => None,
            },
        }
    }
}
