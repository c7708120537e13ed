//! What a check of a container saw that did not pass.

use std::time::Duration;

use super::EngineFault;

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// What a check of the file looks at: `TCP port 10.0.0.1:80`.
    Check(String),
    /// Whether a container stays up for this time.
    StaysUp(Duration),
}

/// What a try of a check saw that did not pass, or why it cannot pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeFault {
    /// In words of the system.
    Words(String),
    /// The engine gave no good answer.
    Engine(EngineFault),
    /// The try had not ended after this time.
    Timeout(Duration),
    /// The container had ended, and the engine had started it again.
    Restarted,
    /// The container has not ended yet.
    Runs,
    /// The container does not exist.
    NoContainer,
    /// The image has no `HEALTHCHECK`.
    NoHealthcheck,
    /// The image's `HEALTHCHECK` does not report the container healthy.
    Health {
        /// What it reports: `starting`.
        status: String,
        /// Its last run.
        last: Option<HealthRun>,
    },
    /// This machine has no program of this name.
    NoProgram(String),
    /// The program of this name may not be run.
    NotExecutable(String),
    /// The command could not be started; the system's words.
    NotStarted(String),
    /// The command's end could not be seen; the system's words.
    EndUnseen(String),
    /// A signal of this number ended the command.
    Signal(i32),
    /// The command ended with another exit code than 0.
    Exited {
        /// The exit code.
        exit_code: i64,
        /// The last line that it wrote.
        last_line: Option<String>,
    },
    /// The container has no program of this name.
    NotInContainer {
        /// The exit code.
        exit_code: i64,
        /// The program's name.
        name: String,
    },
    /// The port is published, and no program listens in the container.
    NotListening,
    /// An HTTP request did not get the answer that is wanted.
    Http {
        /// What it got.
        fault: Box<HttpFault>,
        /// The proxy that it went through.
        proxy: Option<String>,
    },
}

/// A run of an image's `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthRun {
    /// Its exit code.
    pub exit_code: i64,
    /// The last line that it wrote.
    pub words: Option<String>,
}

/// What an HTTP request got in place of the answer that is wanted, or why it cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpFault {
    /// In words of the system, the HTTP client or a parser.
    Words(String),
    /// The HTTP client failed without a reason.
    Unknown,
    /// The address is not a URL; the parser's words.
    InvalidAddress(String),
    /// A proxy cannot be used; why.
    Proxy(Box<HttpFault>),
    /// The certificates of `verify` cannot be read; why.
    Authorities(Box<HttpFault>),
    /// The certificate and key of `cert` cannot be read; why.
    Identity(Box<HttpFault>),
    /// There was no connection in time.
    ConnectTimeout,
    /// There was no answer in time.
    Timeout,
    /// The connection was closed without an answer.
    Closed,
    /// There were more redirections than these.
    Redirections(usize),
    /// A redirection names no address.
    RedirectedNowhere,
    /// The answer has this status: `204 No Content`.
    Status(String),
    /// The answer has no body.
    EmptyBody {
        /// The status.
        status: String,
    },
    /// The pattern is not in the answer's body.
    NoMatch {
        /// The status.
        status: String,
        /// The pattern, as the file has it.
        pattern: String,
        /// How the body begins.
        begins: String,
    },
}

impl From<String> for HttpFault {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl Probe {
    /// The same with another text.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Check(what) => Self::Check(map(&what)),
            Self::StaysUp(time) => Self::StaysUp(time),
        }
    }
}

impl ProbeFault {
    /// The same with other texts where it has what others wrote.
    #[must_use]
    pub fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        let change = |text: &mut String| *text = map(text);
        match &mut self {
            Self::Words(text)
            | Self::NoProgram(text)
            | Self::NotExecutable(text)
            | Self::NotStarted(text)
            | Self::EndUnseen(text)
            | Self::NotInContainer { name: text, .. } => change(text),
            Self::Engine(fault) => *fault = fault.clone().map_texts(map),
            Self::Health { status, last } => {
                change(status);
                *last = last.take().map(|run| run.map_texts(map));
            }
            Self::Exited { last_line, .. } => last_line.iter_mut().for_each(change),
            Self::Http { fault, proxy } => {
                **fault = fault.as_ref().clone().map_texts(map);
                proxy.iter_mut().for_each(change);
            }
            Self::Timeout(_)
            | Self::Restarted
            | Self::NoContainer
            | Self::Runs
            | Self::NoHealthcheck
            | Self::Signal(_)
            | Self::NotListening => {}
        }
        self
    }
}

impl HealthRun {
    /// The same with another text.
    #[must_use]
    pub fn map_texts(self, map: &dyn Fn(&str) -> String) -> Self {
        Self { words: self.words.map(|words| map(&words)), ..self }
    }
}

impl HttpFault {
    fn map_texts(mut self, map: &dyn Fn(&str) -> String) -> Self {
        let change = |text: &mut String| *text = map(text);
        match &mut self {
            Self::Words(text)
            | Self::InvalidAddress(text)
            | Self::Status(text)
            | Self::EmptyBody { status: text } => change(text),
            Self::Proxy(inner) | Self::Authorities(inner) | Self::Identity(inner) => {
                **inner = inner.as_ref().clone().map_texts(map);
            }
            Self::NoMatch { status, pattern, begins } => {
                [status, pattern, begins].into_iter().for_each(change);
            }
            Self::Unknown
            | Self::ConnectTimeout
            | Self::Timeout
            | Self::Closed
            | Self::Redirections(_)
            | Self::RedirectedNowhere => {}
        }
        self
    }
}
