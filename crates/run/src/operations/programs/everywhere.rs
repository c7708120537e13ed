//! A command in several containers at once, whose outputs come as lines.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join;
use tokio::{
    sync::{
        Semaphore,
        mpsc::{self, Receiver, Sender},
    },
    task::JoinSet,
};

use super::{Console, ExecTarget, ProgramEnd, exec, lines::ProgramLines};
use maestro_core::model::ShipId;
use maestro_engine::{AttachOptions, Engine, ExecRequest, LogLine};

/// How many commands run at once on a ship.
const AT_ONCE: usize = 50;
/// How many of an engine's connections are left to other calls, where their number has a limit.
const OTHER_CALLS: usize = 2;
/// How many lines wait for a slow reader, and chunks for each program's lines.
const WAITING: usize = 64;

/// A container that a command runs in.
#[derive(Clone)]
pub struct ExecSource {
    /// The ship of the container.
    pub ship: ShipId,
    /// The container.
    pub target: ExecTarget,
}

/// What a command tells that runs in several containers.
#[derive(Debug, Clone, PartialEq)]
pub enum ExecUpdate {
    /// It wrote a line.
    Line {
        /// The number of its container in the request.
        source: usize,
        /// The line.
        line: LogLine,
    },
    /// It ended.
    Ended {
        /// The number of its container in the request.
        source: usize,
        /// How.
        end: ProgramEnd,
    },
}

/// A command that runs in several containers. It gets no input and has no terminal.
pub struct ExecEverywhere {
    updates: Receiver<ExecUpdate>,
    /// What runs it; it ends with this.
    _tasks: JoinSet<()>,
}

impl ExecEverywhere {
    /// Begins. Runs tasks.
    pub async fn begin(sources: Vec<ExecSource>, request: ExecRequest) -> Self {
        let (sender, updates) = mpsc::channel(WAITING);
        let request = Arc::new(request);
        let mut permits: BTreeMap<ShipId, Arc<Semaphore>> = BTreeMap::new();
        let mut tasks = JoinSet::new();
        for (number, source) in sources.into_iter().enumerate() {
            let permits = match permits.get(&source.ship) {
                Some(permits) => Arc::clone(permits),
                None => {
                    let made = Arc::new(Semaphore::new(at_once(&*source.target.engine).await));
                    permits.insert(source.ship, Arc::clone(&made));
                    made
                }
            };
            tasks.spawn(run(number, source.target, Arc::clone(&request), permits, sender.clone()));
        }
        Self { updates, _tasks: tasks }
    }

    /// The next of all; none when all commands have ended. May be given up and called again.
    pub async fn next(&mut self) -> Option<ExecUpdate> {
        self.updates.recv().await
    }
}

/// How many commands an engine's connections allow at once.
async fn at_once(engine: &dyn Engine) -> usize {
    let limit = engine.max_connections().await.map(|limit| limit.saturating_sub(OTHER_CALLS).max(1));
    limit.unwrap_or(AT_ONCE).min(AT_ONCE)
}

async fn run(
    source: usize,
    target: ExecTarget,
    request: Arc<ExecRequest>,
    permits: Arc<Semaphore>,
    updates: Sender<ExecUpdate>,
) {
    let Ok(_permit) = permits.acquire().await else { return };
    let (output, mut chunks) = mpsc::channel(WAITING);
    let (_, sizes) = mpsc::channel(1);
    let console = Console { input: None, sizes, output, detach_keys: None };
    let attachment = AttachOptions::default();
    let told = async {
        let mut lines = ProgramLines::default();
        while let Some(chunk) = chunks.recv().await {
            for line in lines.take(&chunk) {
                if updates.send(ExecUpdate::Line { source, line }).await.is_err() {
                    return;
                }
            }
        }
        for line in lines.finish() {
            // Nobody may be there any more to take it.
            let _ = updates.send(ExecUpdate::Line { source, line }).await;
        }
    };
    let (end, ()) = join(exec(&target, &request, &attachment, console), told).await;
    // As above.
    let _ = updates.send(ExecUpdate::Ended { source, end }).await;
}
