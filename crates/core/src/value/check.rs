//! What checks are told beside where to look: how long to try, and what an HTTP request carries.

use std::time::Duration;

use serde::Serialize;

use super::secret::digested;

/// How long a command is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Tries {
    /// Tries are begun until this time has passed.
    pub within: Duration,
    /// So many tries are made even if they take longer than that.
    pub at_least: u32,
    /// A try that takes longer than this is killed, and counts as not passed.
    pub each: Duration,
    /// When all is over, whatever the other limits say.
    pub at_most: Option<Duration>,
}

/// How a command on this machine gets its instance's environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum EnvFrom {
    /// As variables beside our own.
    Variables,
    /// As JSON on standard input, our own variables included.
    Stdin,
}

/// A regular expression as the file writes it, and in the words of our own engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// As Python's `re` reads it.
    pub written: String,
    /// As the crate `regex` reads it; known to compile.
    pub translated: String,
}

/// What an HTTP request carries beside its address, and how its answer is taken.
///
/// Not `Debug`: passwords are in it. As data it is digests of what may have them.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HttpOptions {
    /// Header lines.
    #[serde(serialize_with = "digested")]
    pub headers: Vec<(String, String)>,
    /// User and password of basic authentication.
    #[serde(serialize_with = "digested")]
    pub auth: Option<(String, String)>,
    /// How long a connection, and then a whole answer, may take.
    pub timeout: Option<(Duration, Duration)>,
    /// Whether redirections are followed.
    pub redirects: bool,
    /// What is added to the query of the address.
    #[serde(serialize_with = "digested")]
    pub params: Vec<(String, String)>,
    /// What is sent.
    #[serde(serialize_with = "digested")]
    pub body: Option<HttpBody>,
    /// Whether the certificate of the other side is verified.
    pub verify: bool,
    /// Proxies to go through, in place of those that the environment names.
    #[serde(serialize_with = "digested")]
    pub proxies: Vec<(ProxyFor, String)>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            auth: None,
            timeout: None,
            redirects: true,
            params: Vec::new(),
            body: None,
            verify: true,
            proxies: Vec::new(),
        }
    }
}

impl std::fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpOptions").finish_non_exhaustive()
    }
}

/// Which requests go through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ProxyFor {
    /// Those over plain HTTP.
    Http,
    /// Those over TLS.
    Https,
    /// All.
    All,
}

/// What an HTTP request sends.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub enum HttpBody {
    /// Text as it is.
    Text(String),
    /// Fields of a form.
    Form(Vec<(String, String)>),
    /// JSON.
    Json(String),
}
