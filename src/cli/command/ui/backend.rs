//! What the page asks for, answered from the file and the engines.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{documents, logs, run, shared::Ui, state};
use maestro_web::{Backend, PageAction, PageMessages, PageNodes, PageQuestion, PageRefusal, PageStream};

/// The page's view of all that: shared with what keeps the state current.
pub(super) struct Answers(pub Arc<Ui>);

#[async_trait]
impl Backend for Answers {
    async fn ask(&self, question: PageQuestion) -> Result<Value, PageRefusal> {
        let session = match question {
            PageQuestion::Plan(_) => self.0.source().reopen().await?,
            PageQuestion::Session
            | PageQuestion::History
            | PageQuestion::Instance(_)
            | PageQuestion::Graph
            | PageQuestion::Usage(_)
            | PageQuestion::Stats { .. } => self.0.source().session(),
        };
        self.0.ways().lend_all(&session, true);
        match question {
            PageQuestion::Session => Ok(documents::session(&session)),
            PageQuestion::Plan(wanted) => self.0.plans.plan(session, wanted).await,
            PageQuestion::History => Ok(documents::history(&session).await),
            PageQuestion::Instance(name) => documents::instance(&session, &name).await,
            PageQuestion::Stats { with_history } => Ok(self.0.usage.all(with_history)),
            PageQuestion::Usage(name) => {
                documents::named(&session, &name)?;
                Ok(self.0.usage.of(&name))
            }
            PageQuestion::Graph => documents::graph(&session, self.0.graph().as_ref()),
        }
    }

    async fn draw(&self, nodes: Option<PageNodes>) -> Result<String, PageRefusal> {
        let picture = documents::picture(self.0.graph().as_ref(), nodes)?;
        Ok(self.0.source().session().known().hide(&picture).into_owned())
    }

    async fn follow(&self, stream: PageStream) -> Result<PageMessages, PageRefusal> {
        let session = self.0.source().session();
        match stream {
            PageStream::State => Ok(state::follow(&self.0)),
            PageStream::Log(name) => logs::log(&session, &self.0.ways().fleet(&session).await, &name),
            PageStream::Events => {
                let fleet = self.0.ways().fleet(&session).await;
                Ok(logs::events(session, &fleet))
            }
            PageStream::Run => self.0.runs.follow().ok_or_else(|| PageRefusal {
                status: 404,
                document: json!({ "error": "nothing was applied from this page yet" }),
            }),
        }
    }

    async fn act(&self, action: PageAction) -> Result<Value, PageRefusal> {
        let (wanted, digest) = match action {
            PageAction::Interrupt => return Ok(json!({ "interrupted": self.0.runs.interrupt() })),
            PageAction::Retry => {
                self.0.retry.notify_one();
                return Ok(json!({ "version": 1 }));
            }
            PageAction::CarryOut(wanted, digest) => (wanted, digest),
        };
        let agreed = self.0.plans.agreed(&wanted, &digest)?;
        self.0.ways().lend_all(&agreed.session, true);
        run::begin(&self.0.runs, agreed)?;
        self.0.wake.notify_one();
        // Every page says that it runs, and when it has ended.
        let ui = Arc::clone(&self.0);
        tokio::spawn(async move {
            ui.runs.ended().await;
            ui.wake.notify_one();
        });
        Ok(json!({ "version": 1, "begun": true }))
    }

    fn token_used(&self, next: &str) {
        // Whoever does not read standard output any more needs no address.
        self.0.place.tell(next).ok();
    }
}
