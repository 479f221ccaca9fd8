//! A connection that is closed when it takes nothing, and has a place meanwhile.

use crate::connection_places::Places;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_io_timeout::TimeoutWriter;

/// One connection of a [`BoundedListener`](crate::BoundedListener).
///
/// What is written and not taken for too long fails with [`TimedOut`](io::ErrorKind::TimedOut). Dropping it gives its place to the
/// next.
#[derive(Debug)]
pub struct BoundedIo<I> {
    io: Pin<Box<TimeoutWriter<I>>>,
    _places: Places,
}

impl<I: AsyncWrite> BoundedIo<I> {
    pub(crate) fn new(io: I, write_time: Duration, places: Places) -> Self {
        let mut io = TimeoutWriter::new(io);
        io.set_timeout(Some(write_time));
        Self { io: Box::pin(io), _places: places }
    }
}

impl<I: AsyncWrite> BoundedIo<I> {
    /// The connection itself.
    #[must_use]
    pub fn get_ref(&self) -> &I {
        self.io.get_ref()
    }
}

impl<I: AsyncRead> AsyncRead for BoundedIo<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_read(cx, buf)
    }
}

impl<I: AsyncWrite> AsyncWrite for BoundedIo<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io.as_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io.as_mut().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
