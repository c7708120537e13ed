//! Programs in containers whose input and output are open.

use std::pin::Pin;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::io::AsyncWrite;

use super::{EngineError, ExecRequest};

/// Programs in an engine's containers that a user talks to.
#[async_trait]
pub trait ProgramStreams: Send + Sync {
    /// Prepares a command in a container that runs. Tells its id for [`ProgramStreams::start_exec`].
    async fn create_exec(
        &self,
        container: &str,
        request: &ExecRequest,
        attachment: &AttachOptions,
    ) -> Result<String, EngineError>;

    /// Starts a command that was prepared with the same attachment.
    async fn start_exec(&self, exec: &str, attachment: &AttachOptions) -> Result<Attached, EngineError>;

    /// How a command ended; none while it runs (a `GET`). It is not found once its container was removed.
    async fn exec_exit_code(&self, exec: &str) -> Result<Option<i64>, EngineError>;

    /// Tells a command's terminal its size.
    async fn resize_exec(&self, exec: &str, size: WindowSize) -> Result<(), EngineError>;

    /// Connects to the first program of a container: what it writes from now on, and its input if that is wanted. The
    /// container may be one that was created and is not started yet.
    async fn attach(&self, container: &str, attachment: &AttachOptions) -> Result<Attached, EngineError>;

    /// Tells the terminal of a container's first program its size.
    async fn resize(&self, container: &str, size: WindowSize) -> Result<(), EngineError>;
}

/// How a user is connected to a program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AttachOptions {
    /// Whether the program has a terminal: then both outputs are one.
    pub terminal: bool,
    /// Whether the program gets input.
    pub input: bool,
    /// The size of its terminal at first, if that is known.
    pub size: Option<WindowSize>,
    /// The keys that detach from a terminal, as Docker writes them: `ctrl-p,ctrl-q`; none for the engine's default.
    pub detach_keys: Option<String>,
}

/// The size of a terminal, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowSize {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// A program's open input and output.
pub struct Attached {
    /// What is written here is the program's input; a shutdown is its end. None if it gets none.
    pub input: Option<ProgramInput>,
    /// What the program writes, to its end. An error is a connection that broke.
    pub output: BoxStream<'static, Result<Chunk, EngineError>>,
}

/// A program's input.
pub type ProgramInput = Pin<Box<dyn AsyncWrite + Send>>;

/// What a program wrote at once. Untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Whether it was written to standard error rather than standard output.
    pub stderr: bool,
    /// The bytes.
    pub bytes: Vec<u8>,
}
