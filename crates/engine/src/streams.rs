//! Output of containers, and commands in them.

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::EngineError;

/// What flows between an engine's containers and a client: output and commands.
#[async_trait]
pub trait Streams: Send + Sync {
    /// Runs a command in a container that runs, to its end. How long that may take is the caller's to bound; a command
    /// that is given up goes on inside, for engines cannot end it.
    async fn exec(&self, container: &str, command: &[String]) -> Result<Executed, EngineError>;

    /// What the container wrote. Ends with the container's output, or never if `follow` is set (a `GET`).
    async fn logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError>;
}

/// A command that came to its end in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// Its exit code.
    pub exit_code: i64,
    /// The last lines that it wrote. Untrusted.
    pub output: Vec<String>,
}

/// What of a log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogOptions {
    /// Go on with what comes.
    pub follow: bool,
    /// Only that many lines, from the end; none means all.
    pub tail: Option<usize>,
}

/// A line that a container wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Written to standard error rather than standard output.
    pub stderr: bool,
    /// The line, without its end, as the container wrote it: untrusted.
    pub text: String,
}
