//! The one body wrapper: what must live as long as the body, and the words of a refusal.

use crate::in_flight::Permit;
use bytes::Bytes;
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
        held: Vec<Permit>,
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
    pub(crate) fn inner(body: B, held: Vec<Permit>) -> Self {
        Self { content: Content::Inner { body }, held }
    }

    pub(crate) fn words(words: Bytes, held: Vec<Permit>) -> Self {
        Self { content: Content::Words { words: Some(words).filter(|words| !words.is_empty()) }, held }
    }
}

impl<B> Default for TailBody<B> {
    fn default() -> Self {
        Self::words(Bytes::new(), Vec::new())
    }
}

impl<B> fmt::Debug for TailBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TailBody").field("held", &self.held.len()).finish_non_exhaustive()
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
        let this = self.project();
        let frame = match this.content.project() {
            ContentProject::Inner { body } => ready!(body.poll_frame(cx)),
            ContentProject::Words { words } => words.take().map(|words| Ok(Frame::data(words.into()))),
        };
        if !matches!(frame, Some(Ok(_))) {
            this.held.clear();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Inner { body } => body.is_end_stream(),
            Content::Words { words } => words.is_none(),
        }
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
        TailBody::inner(Full::from("x"), vec![Arc::new(Counted(open.clone()))])
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
