//! Programs whose input and output are open. The engine takes over the connection of the request (`Upgrade: tcp`): bytes
//! then flow both ways, and either side may end its own.

use std::collections::VecDeque;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadHalf};

use super::{
    Docker,
    error::{Asked, Failure},
    frames::Frames,
    wire::{Opened, segment},
};
use crate::{AttachOptions, Attached, Chunk, EngineError, WindowSize};
use maestro_core::fault::LostAnswer;

/// How many bytes are read at once.
const READ: usize = 32 * 1024;

/// A connection that an engine has taken over.
type Taken = TokioIo<hyper::upgrade::Upgraded>;

pub(super) async fn start_exec(
    docker: &Docker,
    exec: &str,
    attachment: &AttachOptions,
) -> Result<Attached, EngineError> {
    let path = format!("/exec/{}/start", segment(exec));
    let mut body = json!({ "Detach": false, "Tty": attachment.terminal });
    if let Some(WindowSize { columns, rows }) = attachment.size {
        body["ConsoleSize"] = json!([rows, columns]);
    }
    open(docker, &path, Some(&body), attachment).await
}

pub(super) async fn attach(
    docker: &Docker,
    container: &str,
    attachment: &AttachOptions,
) -> Result<Attached, EngineError> {
    let keys = attachment.detach_keys.as_deref().map(|keys| format!("&detachKeys={}", segment(keys)));
    let path = format!(
        "/containers/{}/attach?stream=1&stdout=1&stderr=1&stdin={}{}",
        segment(container),
        u8::from(attachment.input),
        keys.unwrap_or_default()
    );
    open(docker, &path, None, attachment).await
}

/// Tells the terminal of a `kind` of thing its size.
pub(super) async fn resize(
    docker: &Docker,
    kind: &str,
    id: &str,
    size: WindowSize,
) -> Result<(), EngineError> {
    let WindowSize { columns, rows } = size;
    let path = format!("/{kind}/{}/resize?h={rows}&w={columns}", segment(id));
    docker.within(Asked::Changing, docker.timeout, docker.wire.post(&path, &json!({}))).await
}

async fn open(
    docker: &Docker,
    path: &str,
    body: Option<&serde_json::Value>,
    attachment: &AttachOptions,
) -> Result<Attached, EngineError> {
    let address = docker.wire.address.clone();
    let frames = (!attachment.terminal).then(Frames::default);
    let taken = docker.within(Asked::Changing, docker.timeout, docker.wire.upgrade(path, body)).await?;
    let (source, input) = match taken {
        Opened::Taken(connection) => {
            let (output, input) = tokio::io::split(TokioIo::new(connection));
            (Source::Taken(output), Some(input))
        }
        Opened::Answer(body) => (Source::Answer(body), None),
    };
    if attachment.input && input.is_none() {
        let failure = Failure::Lost(LostAnswer::NoUpgrade);
        return Err(failure.told(Asked::Changing, &address));
    }
    let input = input.filter(|_| attachment.input).map(|input| Box::pin(input) as _);
    let reader = Reader { source: Some(source), frames, chunks: VecDeque::new(), address };
    Ok(Attached { input, output: reader.chunks() })
}

/// Where output comes from.
enum Source {
    Taken(ReadHalf<Taken>),
    Answer(Incoming),
}

struct Reader {
    /// None once it has ended.
    source: Option<Source>,
    /// None for a terminal, whose bytes come as they are.
    frames: Option<Frames>,
    chunks: VecDeque<Chunk>,
    address: String,
}

impl Reader {
    fn chunks(self) -> BoxStream<'static, Result<Chunk, EngineError>> {
        let chunks = stream::unfold(self, |mut reader| async move {
            let item = reader.next().await?;
            Some((item, reader))
        });
        chunks.boxed()
    }

    async fn next(&mut self) -> Option<Result<Chunk, EngineError>> {
        loop {
            if let Some(chunk) = self.chunks.pop_front() {
                return Some(Ok(chunk));
            }
            let taken = match read(self.source.as_mut()?).await {
                Ok(None) => {
                    self.source = None;
                    return None;
                }
                Ok(Some(bytes)) => self.take(bytes),
                Err(failure) => Err(failure),
            };
            if let Err(failure) = taken {
                self.source = None;
                return Some(Err(failure.told(Asked::Reading, &self.address)));
            }
        }
    }

    fn take(&mut self, bytes: Vec<u8>) -> Result<(), Failure> {
        match &mut self.frames {
            Some(frames) => self.chunks.extend(frames.chunks(&bytes)?),
            None => self.chunks.push_back(Chunk { stderr: false, bytes }),
        }
        Ok(())
    }
}

/// Bytes that come; none at the end.
async fn read(source: &mut Source) -> Result<Option<Vec<u8>>, Failure> {
    match source {
        Source::Taken(connection) => read_some(connection).await,
        Source::Answer(body) => match body.frame().await {
            Some(frame) => Ok(Some(frame?.into_data().unwrap_or_default().to_vec())),
            None => Ok(None),
        },
    }
}

async fn read_some(connection: &mut (impl AsyncRead + Unpin)) -> Result<Option<Vec<u8>>, Failure> {
    let mut bytes = Vec::with_capacity(READ);
    match connection.read_buf(&mut bytes).await {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(bytes)),
        // An engine that ends over TLS does not always say so.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(Failure::Lost(LostAnswer::Failed(error.to_string()))),
    }
}
