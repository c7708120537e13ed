//! Connections that may turn out to be none only when something is heard, or not, on them.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{BoxError, stream::Stream};

/// Tells why a connection ended before a byte was heard, from its error, or none if it was closed: as `NotConnected` if
/// nothing of a request can have arrived, else as `Broken`. None if there is nothing to tell beyond that.
pub(super) type Why = Box<dyn Fn(Option<&io::Error>) -> Option<BoxError> + Send>;

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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;
    use crate::transport::Broken;
    use maestro_core::fault::ConnectionFault;

    fn fresh(stream: impl Stream + 'static) -> Fresh {
        Fresh::new(Box::new(stream), Box::new(|_| Some(Broken(ConnectionFault::NotConnected).into())))
    }

    #[tokio::test]
    async fn an_end_before_the_first_byte_is_explained() {
        let (ours, theirs) = duplex(64);
        let mut ours = fresh(ours);
        drop(theirs);
        assert_eq!(ours.read(&mut [0; 8]).await.unwrap_err().to_string(), "NotConnected");
        assert_eq!(ours.write(b"x").await.unwrap_err().to_string(), "NotConnected");
    }

    #[tokio::test]
    async fn an_end_after_it_is_as_it_is() {
        let (ours, mut theirs) = duplex(64);
        let mut ours = fresh(ours);
        theirs.write_all(b"x").await.unwrap();
        assert_eq!(ours.read(&mut [0; 8]).await.unwrap(), 1);
        drop(theirs);
        assert_eq!(ours.read(&mut [0; 8]).await.unwrap(), 0);
    }
}
