//! Connections whose incoming bytes are looked at as they come.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Stream;

/// A connection that hands the bytes that come to `hear`. It breaks with the error that `hear` returns.
pub(super) struct Heard<H> {
    stream: Box<dyn Stream>,
    hear: H,
}

impl<H: FnMut(&[u8]) -> io::Result<()>> Heard<H> {
    /// Hands what comes on `stream` to `hear`.
    pub(super) fn new(stream: Box<dyn Stream>, hear: H) -> Self {
        Self { stream, hear }
    }
}

impl<H: FnMut(&[u8]) -> io::Result<()> + Unpin> AsyncRead for Heard<H> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        Poll::Ready((self.hear)(&buffer.filled()[before..]))
    }
}

impl<H: Unpin> AsyncWrite for Heard<H> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
