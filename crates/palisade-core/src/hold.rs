//! The one body wrapper: what must live as long as the body, and the words of a refusal.

use crate::{
    facts::Facts,
    in_flight::{Share, Tail},
    permit::Permit,
    tail_error::TailError,
    witness::Watch,
};
use bytes::{Buf as _, Bytes};
use http::{header::CONTENT_LENGTH, response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

pin_project! {
    /// The body that leaves an envelope: the inner service's, or the words of a refusal.
    ///
    /// Permits given to [`Facts::hold`](crate::Facts::hold) live in it, and it lets go of them when the body ends, fails or is dropped. It
    /// tells them whether it waits for the inner body or for its reader ([`Permit`](crate::Permit)).
    /// Works over any body whose data can be made of [`Bytes`], so it composes with axum, hyper, compression and tonic.
    pub struct TailBody<B> {
        #[pin]
        content: Content<B>,
        kept: Kept,
    }
}

/// What lasts as long as a body; apart from it, so that the body can be had back.
struct Kept {
    permits: Vec<Share>,
    watch: Option<Box<Watch>>,
}

impl Kept {
    fn is_nothing(&self) -> bool {
        self.permits.is_empty() && self.watch.is_none()
    }

    /// Whether the response waits for its reader.
    #[inline]
    fn tell(&self, waits: bool) {
        self.permits.iter().for_each(|permit| permit.waits_for_reader(waits));
    }

    #[inline]
    fn is_taken_back(&self) -> bool {
        self.permits.iter().any(|permit| permit.is_taken_back())
    }

    fn end(&mut self) {
        // Permits first: whoever waits for one need not wait for the log.
        self.permits.clear();
        self.watch = None;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.is_taken_back() {
            self.watch.iter_mut().for_each(|watch| watch.unread());
        }
        // Somebody may have a share in them that goes on.
        self.tell(false);
        self.end();
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
        // A server that has no room for the first frame does not even ask for it.
        let kept = Kept { permits: tail.permits, watch: Watch::of(tail.watch) };
        kept.tell(true);
        Self { content, kept }
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
            Self { content: Content::Inner { body }, kept } if kept.is_nothing() => Ok(body),
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
        if let Some(mut watch) = self.kept.watch.take() {
            let size = content_length(head).or_else(|| self.size_hint().exact());
            watch.answered(head, facts, bodiless || self.is_end_stream(), size);
            self.kept.watch = Some(watch);
        }
    }
}

impl Facts {
    /// [`hold`](Self::hold) for a permit that hears how the response goes on, and that others may know of.
    pub fn hold_permit(&self, permit: Arc<impl Permit>) {
        self.held().push(permit);
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
        f.debug_struct("TailBody").field("held", &self.kept.permits.len()).finish_non_exhaustive()
    }
}

impl<B> Body for TailBody<B>
where
    B: Body,
    B::Data: From<Bytes>,
{
    type Data = B::Data;
    type Error = TailError<B::Error>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, Self::Error>>> {
        let mut this = self.project();
        if this.kept.is_taken_back() {
            this.kept.watch.iter_mut().for_each(|watch| watch.unread());
            this.kept.end();
            this.content.set(Content::Words { words: None });
            return Poll::Ready(Some(Err(TailError::Unread)));
        }
        let frame = match this.content.as_mut().project() {
            ContentProject::Inner { body } => match body.poll_frame(cx) {
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    this.kept.tell(false);
                    return Poll::Pending;
                }
            },
            ContentProject::Words { words } => words.take().map(|words| Ok(Frame::data(words.into()))),
        };
        this.kept.tell(matches!(frame, Some(Ok(_))));
        if let Some(watch) = &mut this.kept.watch {
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
            this.kept.end();
        }
        Poll::Ready(frame.map(|frame| frame.map_err(TailError::Inner)))
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
    use crate::permit::Plain;
    use http_body_util::{BodyExt as _, Full};
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    struct Counted(Arc<AtomicUsize>);

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, SeqCst);
        }
    }

    fn body(open: &Arc<AtomicUsize>) -> TailBody<Full<Bytes>> {
        open.fetch_add(1, SeqCst);
        TailBody::inner(
            Full::from("x"),
            Tail { permits: vec![Arc::new(Plain(Counted(open.clone())))], watch: None },
        )
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

    /// Hears where the response stands, and may be given away.
    #[derive(Default)]
    struct Chair {
        waits: AtomicUsize,
        taken: AtomicUsize,
    }

    impl Permit for Chair {
        fn waits_for_reader(&self, waits: bool) {
            self.waits.store(usize::from(waits), SeqCst);
        }

        fn is_taken_back(&self) -> bool {
            self.taken.load(SeqCst) > 0
        }
    }

    /// One frame, and then nothing for ever.
    struct One(Option<Bytes>);

    impl Body for One {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            self.0.take().map_or(Poll::Pending, |piece| Poll::Ready(Some(Ok(Frame::data(piece)))))
        }
    }

    fn on<B>(chair: &Arc<Chair>, body: B) -> TailBody<B> {
        TailBody::inner(body, Tail { permits: vec![chair.clone()], watch: None })
    }

    #[tokio::test]
    async fn a_permit_hears_whom_the_response_waits_for() {
        let chair = Arc::new(Chair::default());
        let waits = || chair.waits.load(SeqCst) == 1;
        let mut body = on(&chair, One(Some(Bytes::from("x"))));
        assert!(waits(), "nobody has asked for the first frame");
        assert!(body.frame().await.is_some());
        assert!(waits());
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut body).poll_frame(&mut cx).is_pending());
        assert!(!waits(), "it waits for the handler");
        drop(on(&chair, Full::<Bytes>::from("x")));
        assert!(!waits(), "it is over");
    }

    #[tokio::test]
    async fn a_body_whose_permit_was_given_away_ends_in_an_error() {
        let chair = Arc::new(Chair::default());
        let mut body = on(&chair, Full::<Bytes>::from("x"));
        chair.taken.store(1, SeqCst);
        assert_eq!(body.frame().await.unwrap().unwrap_err(), TailError::Unread);
        assert_eq!(Arc::strong_count(&chair), 1);
        assert!(body.frame().await.is_none());
    }
}
