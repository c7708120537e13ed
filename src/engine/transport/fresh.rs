//! Connections that may turn out to be none only when something is heard, or not, on them.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{NotConnected, Stream};

/// Tells why a connection is none, from how it ended before a byte was heard: an error, or none if it was closed. None
/// if there is nothing to tell beyond that.
pub(super) type Why = Box<dyn Fn(Option<&io::Error>) -> Option<NotConnected> + Send>;

/// A connection on which nothing was heard yet. If it ends like that, its error says why.
pub(super) struct Fresh {
    stream: Box<dyn Stream>,
    why: Option<Why>,
}

impl Fresh {
    /// Watches over `stream`.
    pub(super) fn new(stream: Box<dyn Stream>, why: Why) -> Self {
        Self { stream, why: Some(why) }
    }

    /// The error to tell instead of this end.
    fn told(&self, error: Option<&io::Error>) -> Option<io::Error> {
        self.why.as_ref()?(error).map(io::Error::other)
    }
}

impl AsyncRead for Fresh {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let room = buffer.remaining() > 0;
        let result = std::task::ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        let told = match &result {
            Ok(()) if buffer.filled().len() > before => {
                self.why = None;
                None
            }
            Ok(()) if room => self.told(None),
            Ok(()) => None,
            Err(error) => self.told(Some(error)),
        };
        Poll::Ready(told.map_or(result, Err))
    }
}

impl AsyncWrite for Fresh {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = std::task::ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        Poll::Ready(result.map_err(|error| self.told(Some(&error)).unwrap_or(error)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = std::task::ready!(Pin::new(&mut self.stream).poll_flush(context));
        Poll::Ready(result.map_err(|error| self.told(Some(&error)).unwrap_or(error)))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
