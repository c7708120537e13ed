//! Ways to an engine's HTTP: a [`Dial`] opens one connection, and a pooled client on top of it keeps connections open
//! from call to call. A new transport is a new file with a new [`Dial`].

mod broken;
mod fresh;
mod greeting;
mod heard;
mod measured;
mod open_files;
pub mod ssh;
mod stream;
pub mod tcp;
pub mod tls;
pub mod unix;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use async_trait::async_trait;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo, TokioTimer},
};

use maestro_core::fault::ConnectionFault;

pub use broken::Broken;
use greeting::http_only;
pub use measured::Allowance;
use measured::Measured;
pub(super) use measured::{Limits, TooLong};
pub use stream::Stream;

/// How long a connection may take to open, at most.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Part of a call's time that connecting may take, so that it fails with its own reason.
const PART_FOR_CONNECTING: f32 = 0.75;
/// How long an open connection may lie idle before it is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes that a connection reads at once, at most. A connection that lies idle keeps its buffer.
const BUFFER: usize = 64 * 1024;

/// Opens connections to one engine.
#[async_trait]
pub trait Dial: Send + Sync {
    /// The engine's address as a user would write it, for example `tcp://10.0.0.5:2375`.
    fn address(&self) -> String;

    /// How long a connection may take to open, at most.
    fn timeout(&self) -> Duration {
        CONNECT_TIMEOUT
    }

    /// Waits until a connection may be opened, where others are opened first. No clock of a call runs meanwhile.
    async fn await_turn(&self) {}

    /// How many connections there can be at once, if that is limited and known already.
    async fn max_connections(&self) -> Option<usize> {
        None
    }

    /// Opens one connection. The caller bounds the time that it takes.
    ///
    /// # Errors
    /// [`NotConnected`] if there is none to be had.
    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected>;
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault:?}")]
pub struct NotConnected {
    /// Whether the other side is there and said that nothing listens.
    pub refused: bool,
    /// What is wrong.
    pub fault: ConnectionFault,
}

impl NotConnected {
    /// For this reason, which is no refusal.
    fn because(fault: impl Into<ConnectionFault>) -> Self {
        Self { refused: false, fault: fault.into() }
    }
}

/// An engine that cannot be dialled at all, because its address is not understood or not carried.
pub struct InvalidEndpoint {
    /// The address, as far as it is known.
    pub address: String,
    /// Why.
    pub fault: ConnectionFault,
}

#[async_trait]
impl Dial for InvalidEndpoint {
    fn address(&self) -> String {
        self.address.clone()
    }

    async fn dial(&self) -> Result<Box<dyn Stream>, NotConnected> {
        Err(NotConnected::because(self.fault.clone()))
    }
}

/// An error of any kind.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// What is sent along with a request.
pub(super) type Body = UnsyncBoxBody<Bytes, BoxError>;
/// An HTTP client of one engine.
pub(super) type HttpClient = Client<Connector, Body>;

/// A pooled client of the engine that `dial` reaches.
///
/// An answer beyond `limits` breaks its connection; without them it may be endless.
/// `timeout` is how long a call may take; connecting gets less, so that it fails with its own reason. At most `idle`
/// connections lie idle.
pub(super) fn client(
    dial: Arc<dyn Dial>,
    timeout: Duration,
    limits: Option<Limits>,
    idle: usize,
) -> HttpClient {
    let timeout = dial.timeout().min(timeout.mul_f32(PART_FOR_CONNECTING));
    let connector = Connector { dial, timeout, limits };
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(open_files::idle_each().min(idle))
        .pool_timer(TokioTimer::new())
        .http1_max_buf_size(BUFFER)
        .build(connector)
}

/// Hands connections to the pool.
#[derive(Clone)]
pub(super) struct Connector {
    dial: Arc<dyn Dial>,
    timeout: Duration,
    limits: Option<Limits>,
}

impl tower_service::Service<http::Uri> for Connector {
    type Response = TokioIo<Measured>;
    type Error = NotConnected;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, NotConnected>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NotConnected>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Uri) -> Self::Future {
        let Self { dial, timeout, limits } = self.clone();
        Box::pin(async move {
            let opened = match &limits {
                Some(_) => open_files::one().await,
                None => open_files::lasting(timeout).await.map_err(NotConnected::because)?,
            };
            let late = |_| ConnectionFault::Timeout { address: dial.address(), within: timeout };
            let stream = tokio::time::timeout(timeout, dial.dial())
                .await
                .map_err(|elapsed| NotConnected::because(late(elapsed)))??;
            let stream = Box::new(http_only(stream, dial.address()));
            Ok(TokioIo::new(Measured::new(stream, limits, opened)))
        })
    }
}
