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
    /// What a command would do.
    Plan(PagePlan),
    /// The revisions.
    History,
    /// What one instance is declared as, and what runs.
    Instance(String),
    /// What all instances use.
    Stats {
        /// Whether what they used in the last minutes is told too.
        with_history: bool,
    },
    /// What one instance uses, and used in the last minutes.
    Usage(String),
    /// What needs what, as data.
    Graph,
}

/// A command that the page shows the plan of, and carries out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PagePlan {
    /// `apply` of all that the file declares.
    Apply,
    /// `rollback` to a revision.
    Rollback(u64),
    /// A command for one instance or one service.
    Of(PageVerb, PageThing),
}

/// What is done with one instance or one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageVerb {
    /// `apply`.
    Apply,
    /// `start`.
    Start,
    /// `restart`.
    Restart,
    /// `stop`.
    Stop,
}

impl PageVerb {
    /// The verb of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let all = [Self::Apply, Self::Start, Self::Restart, Self::Stop];
        all.into_iter().find(|verb| verb.word() == word)
    }

    /// The word of the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Start => "start",
            Self::Restart => "restart",
            Self::Stop => "stop",
        }
    }
}

/// An instance or a service, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PageThing {
    /// An instance.
    Instance(String),
    /// All instances of a service.
    Service(String),
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
    /// Carries out the plan of this digest.
    CarryOut(PagePlan, String),
    /// Lets nothing new begin.
    Interrupt,
    /// Asks ships that do not answer now instead of after their pause.
    Retry,
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
