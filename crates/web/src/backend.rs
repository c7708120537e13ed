//! What the server asks of Maestro.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::secret::hex;

/// A document that the page reads once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageQuestion {
    /// The environment's name, what the user may do, how to call Maestro.
    Session,
    /// What `apply` would do.
    Plan,
    /// What `rollback` to that revision would do.
    RollbackPlan(u64),
    /// The revisions.
    History,
    /// What one instance is declared as, and what runs.
    Instance(String),
    /// What containers use.
    Stats,
    /// What needs what, as data.
    Graph,
}

/// What the nodes of the graph's picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageNodes {
    /// Instances in their ships.
    Instances,
    /// Services.
    Services,
}

/// What the page follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStream {
    /// The state of all instances, kept current.
    State,
    /// The log of one instance.
    Log(String),
    /// What happens on the engines.
    Events,
    /// The run that was begun last, from its beginning.
    Run,
}

/// What the page may have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageAction {
    /// Applies the plan of this digest.
    Apply(String),
    /// Rolls back to a revision, by the plan of this digest.
    Rollback(u64, String),
    /// Lets nothing new begin.
    Interrupt,
}

/// A message of a stream: the event's name and its data, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageMessage {
    /// The name of the server-sent event.
    pub event: &'static str,
    /// Its data.
    pub data: String,
}

/// Messages as they come.
pub type PageMessages = BoxStream<'static, PageMessage>;

/// Why something is not done: the HTTP status and a document for the page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageRefusal {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong.
    pub document: Value,
}

/// What the server shows and does. Documents contain no secrets.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Answers a question.
    async fn ask(&self, question: PageQuestion) -> Result<Value, PageRefusal>;

    /// The graph as an SVG picture, with the states that are known; if nobody says which, with the nodes that suit its size.
    async fn draw(&self, nodes: Option<PageNodes>) -> Result<String, PageRefusal>;

    /// Follows something. The stream is dropped when the browser goes.
    async fn follow(&self, stream: PageStream) -> Result<PageMessages, PageRefusal>;

    /// Begins something. Is not called if the page is read-only.
    async fn act(&self, action: PageAction) -> Result<Value, PageRefusal>;

    /// The address with its token was used. This one is good for one more browser.
    fn token_used(&self, next: &str);
}

/// A short digest of a document, by which the page says which plan it means.
#[must_use]
pub fn digest_of(document: &Value) -> String {
    let digest = digest(&SHA256, document.to_string().as_bytes());
    hex(&digest.as_ref()[..16])
}
