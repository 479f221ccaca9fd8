//! The one body wrapper: what must live as long as the body, and the words of a refusal.

use crate::{
    facts::Facts,
    in_flight::{Permit, Tail},
    witness::Watch,
};
use bytes::{Buf as _, Bytes};
use http::{header::CONTENT_LENGTH, response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The body that leaves an envelope: the inner service's, or the words of a refusal.
    ///
    /// Permits given to [`Facts::hold`](crate::Facts::hold) live in it, and it lets go of them when the body ends, fails or is dropped.
    /// Works over any body whose data can be made of [`Bytes`], so it composes with axum, hyper, compression and tonic.
    pub struct TailBody<B> {
        #[pin]
        content: Content<B>,
        permits: Vec<Permit>,
        watch: Option<Box<Watch>>,
    }
}

pin_project! {
    #[project = ContentProject]
    enum Content<B> {
        Inner { #[pin] body: B },
        Words { words: Option<Bytes> },
    }
}

impl<B> TailBody<B> {
    #[inline]
    fn new(content: Content<B>, tail: Tail) -> Self {
        Self { content, permits: tail.permits, watch: Watch::of(tail.watch) }
    }

    /// The body itself, where nothing has to live as long as it, nobody wants to see it out, and no words take its place.
    ///
    /// # Errors
    ///
    /// This body as it is, otherwise.
    #[inline]
    #[allow(clippy::result_large_err, reason = "it is the whole thing, and either way as large")]
    pub fn into_inner(self) -> Result<B, Self> {
        match self {
            Self { content: Content::Inner { body }, permits, watch: None } if permits.is_empty() => Ok(body),
            tail => Err(tail),
        }
    }

    #[inline]
    pub(crate) fn inner(body: B, tail: Tail) -> Self {
        Self::new(Content::Inner { body }, tail)
    }

    pub(crate) fn words(words: Bytes, tail: Tail) -> Self {
        Self::new(Content::Words { words: Some(words).filter(|words| !words.is_empty()) }, tail)
    }
}

impl<B> TailBody<B>
where
    B: Body,
    B::Data: From<Bytes>,
{
    /// Tells whoever sees the response out what its head is; `bodiless` where no body may follow it.
    #[inline]
    pub(crate) fn answered(&mut self, head: &response::Parts, facts: &Facts, bodiless: bool) {
        if let Some(mut watch) = self.watch.take() {
            let size = content_length(head).or_else(|| self.size_hint().exact());
            watch.answered(head, facts, bodiless || self.is_end_stream(), size);
            self.watch = Some(watch);
        }
    }
}

fn content_length(head: &response::Parts) -> Option<u64> {
    head.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl<B> Default for TailBody<B> {
    fn default() -> Self {
        Self::words(Bytes::new(), Tail::default())
    }
}

/// A body that nothing of ours depends on.
impl<B> From<B> for TailBody<B> {
    #[inline]
    fn from(body: B) -> Self {
        Self::inner(body, Tail::default())
    }
}

impl<B> fmt::Debug for TailBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TailBody").field("held", &self.permits.len()).finish_non_exhaustive()
    }
}

impl<B> Body for TailBody<B>
where
    B: Body,
    B::Data: From<Bytes>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let frame = match this.content.as_mut().project() {
            ContentProject::Inner { body } => ready!(body.poll_frame(cx)),
            ContentProject::Words { words } => words.take().map(|words| Ok(Frame::data(words.into()))),
        };
        if let Some(watch) = this.watch {
            match &frame {
                Some(Ok(frame)) => {
                    let bytes = frame.data_ref().map_or(0, |data| data.remaining() as u64);
                    watch.sent(bytes, this.content.is_end_stream());
                }
                Some(Err(_)) => watch.failed(),
                None => watch.sent(0, true),
            }
        }
        if !matches!(frame, Some(Ok(_))) {
            // Permits first: whoever waits for one need not wait for the log.
            this.permits.clear();
            *this.watch = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Inner { body } => body.size_hint(),
            Content::Words { words } => {
                SizeHint::with_exact(words.as_ref().map_or(0, |words| words.len() as u64))
            }
        }
    }
}

impl<B: Body> Content<B> {
    fn is_end_stream(&self) -> bool {
        match self {
            Self::Inner { body } => body.is_end_stream(),
            Self::Words { words } => words.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Full};
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    };

    struct Counted(Arc<AtomicUsize>);

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, SeqCst);
        }
    }

    fn body(open: &Arc<AtomicUsize>) -> TailBody<Full<Bytes>> {
        open.fetch_add(1, SeqCst);
        TailBody::inner(Full::from("x"), Tail { permits: vec![Arc::new(Counted(open.clone()))], watch: None })
    }

    #[tokio::test]
    async fn a313_permits_live_until_the_body_ends_or_is_dropped() {
        let open = Arc::new(AtomicUsize::new(0));
        let mut read = body(&open);
        assert!(read.frame().await.unwrap().unwrap().is_data());
        assert_eq!(open.load(SeqCst), 1);
        assert!(read.frame().await.is_none());
        assert_eq!(open.load(SeqCst), 0);
        drop(body(&open));
        assert_eq!(open.load(SeqCst), 0);
    }
}
