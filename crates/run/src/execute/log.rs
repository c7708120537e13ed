//! The end of the log of a container that failed.

use std::{collections::VecDeque, time::Duration};

use futures_util::{StreamExt, stream::BoxStream};

use maestro_core::{event::LastLines, value::shortened};
use maestro_engine::{Engine, EngineError, LogLine, LogOf, LogOptions, Services};

/// How many of the last log lines a failure shows.
const LOG_LINES: usize = 10;
/// How many characters of such a line are shown.
const LONGEST_LINE: usize = 2_000;
/// How long they may take to come.
const LOG_TIME: Duration = Duration::from_secs(5);

/// The last lines of a container's log, or why there are none.
pub(super) async fn last_lines(engine: &dyn Engine, container: &str) -> LastLines {
    let options = LogOptions { tail: Some(LOG_LINES), ..LogOptions::default() };
    last(engine.logs(container, options)).await
}

/// The same of a task of a Swarm.
pub(super) async fn last_lines_of_task(manager: &dyn Services, task: &str) -> LastLines {
    let options = LogOptions { tail: Some(LOG_LINES), ..LogOptions::default() };
    last(manager.swarm_logs(LogOf::Task(task), options)).await
}

async fn last(
    log: impl Future<Output = Result<BoxStream<'static, Result<LogLine, EngineError>>, EngineError>>,
) -> LastLines {
    let lines = async {
        let mut stream = log.await?;
        // An engine may send more than it was asked for.
        let mut lines = VecDeque::new();
        while let Some(line) = stream.next().await {
            lines.push_back(shortened(&line?.text, LONGEST_LINE).into_owned());
            if lines.len() > LOG_LINES {
                lines.pop_front();
            }
        }
        Ok::<_, EngineError>(lines.into())
    };
    match tokio::time::timeout(LOG_TIME, lines).await {
        Ok(Ok(lines)) => LastLines::Lines(lines),
        Ok(Err(error)) => LastLines::Unavailable(error.fault().clone()),
        Err(_) => LastLines::Late,
    }
}
