//! A connection's stream of bytes.

use tokio::io::{AsyncRead, AsyncWrite};

/// What HTTP can be spoken over.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
