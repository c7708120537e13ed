//! Output of containers, and commands in them.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use jiff::Timestamp;

use super::EngineError;
use maestro_core::value::{hook::Hook, variables::Variables};

/// What flows between an engine's containers and a client: output and commands.
#[async_trait]
pub trait Streams: Send + Sync {
    /// Runs a command in a container that runs, to its end. How long that may take is the caller's to bound; a command
    /// that is given up goes on inside, for engines cannot end it.
    async fn exec(&self, container: &str, request: &ExecRequest) -> Result<Executed, EngineError>;

    /// What the container wrote. Ends with the container's output, or never if `follow` is set (a `GET`).
    async fn logs(
        &self,
        container: &str,
        options: LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError>;
}

/// A command to run in a container.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExecRequest {
    /// Program and arguments.
    pub command: Vec<String>,
    /// User that it runs as; none is the container's.
    pub user: Option<String>,
    /// Whether it has all privileges.
    pub privileged: bool,
    /// Its working directory; none is the container's.
    pub working_dir: Option<String>,
    /// Variables beside those of the container.
    pub environment: Variables,
}

impl From<&[String]> for ExecRequest {
    fn from(command: &[String]) -> Self {
        Self { command: command.to_vec(), ..Self::default() }
    }
}

impl From<&Hook> for ExecRequest {
    fn from(hook: &Hook) -> Self {
        let Hook { command, user, privileged, working_dir, environment } = hook.clone();
        Self { command, user, privileged, working_dir, environment }
    }
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
    /// Only lines from this moment on, by the engine's clock.
    pub since: Option<Timestamp>,
    /// Only lines before this moment, by the engine's clock.
    pub until: Option<Timestamp>,
}

/// A line that a container wrote, or a piece of a line that is too long for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When the engine got its beginning, by the engine's clock; none for words of the engine itself.
    pub time: Option<Timestamp>,
    /// Written to standard error rather than standard output.
    pub stderr: bool,
    /// The line, without its end, as the container wrote it: untrusted.
    pub text: String,
    /// Whether the next line of the same output is its rest.
    pub goes_on: bool,
}
