//! `stats`: what instances use of their ships.

use std::{io, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::cli::{
    args::{Output, StatsArgs},
    containers::{Found, Looked, names},
    error::{End, Problem},
    running::NotRunning,
    session::Session,
    tasks::{TaskNames, TasksInPlace},
    terminal::is_dumb,
};
use maestro_core::observed::usage::BETWEEN_COUNTS;
use maestro_engine::observe::Question;
use maestro_report::{
    explain::engine as explain,
    json,
    screen::Screen,
    stats::{self, StatsRow, Usage},
};
use maestro_run::operations::stats::{Reading, Stats, StatsTarget};

/// How long a table on a terminal stays as it is.
const TURN: Duration = Duration::from_secs(1);

pub(in crate::cli) async fn run(session: &Session, args: &StatsArgs) -> Result<End, Problem> {
    let task_names = TaskNames::of(&session.environment, &args.things);
    let looked = looked(session, &task_names.things).await?;
    let looked = looked.kept(session, &args.filter);
    let end = looked.tell_missing(session, !args.things.is_empty())?;
    session.ship_notes(&looked.fleet.told())?;
    let routes = session.routes();
    let tasks = TasksInPlace::new(session, &routes, &looked.fleet);
    let stats = Stats::new(looked.fleet.engines.clone());
    let mut view = View { looked, task_names, tasks, stats };
    let (found, left_out) = view.up(session).await;
    let end = end.worse(TasksInPlace::tell(session, left_out, !args.things.is_empty())?);
    if args.quiet && session.output != Output::Json {
        session.print(&names(session, &found))?;
        return Ok(end);
    }
    let is_live = session.terminal && session.output == Output::Text && !args.no_stream && !is_dumb();
    let begun = Instant::now();
    let first = rows_of(session, &found, &mut view.stats).await;
    if is_live {
        return live(session, &mut view, first).await;
    }
    // How much of a processor is used is known when a container was counted twice.
    sleep_until(begun + BETWEEN_COUNTS).await;
    let rows = view.rows(session).await;
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(stats::json(&session.environment.name, &rows)))?,
        Output::Text | Output::Markdown => stats::text(&rows, session.columns(), None),
    };
    session.print(&text)?;
    Ok(end)
}

/// What is looked at, with the tasks of services on a Swarm.
struct View<'a> {
    looked: Looked,
    task_names: TaskNames,
    tasks: TasksInPlace<'a>,
    stats: Stats,
}

impl View<'_> {
    /// The containers that are up, and why tasks are left out.
    async fn up(&mut self, session: &Session) -> (Vec<Found>, Vec<NotRunning>) {
        let found = (up(session, &self.looked), &self.task_names);
        let (found, left_out) = self.tasks.of(session, &self.looked.fleet, found).await;
        self.stats.use_engines(self.tasks.engines.clone());
        (found, left_out)
    }

    async fn rows(&mut self, session: &Session) -> Vec<StatsRow> {
        let (found, _) = self.up(session).await;
        rows_of(session, &found, &mut self.stats).await
    }
}

/// Shows the table until a signal ends the command. What runs is looked at anew each time: containers come and go.
async fn live(session: &Session, view: &mut View<'_>, first: Vec<StatsRow>) -> Result<End, Problem> {
    let mut screen = Screen::new(io::stdout());
    let mut rows = first;
    loop {
        let turn = Instant::now() + TURN;
        let (columns, height) = (session.columns(), session.terminal_size().1.map(usize::from));
        let text = stats::text(&rows, columns, height);
        screen.show(&session.known().hide(&text), height.and_then(|rows| u16::try_from(rows).ok()))?;
        sleep_until(turn).await;
        view.looked.refresh(session, Question::default()).await;
        rows = view.rows(session).await;
    }
}

/// The containers that are up.
fn up(session: &Session, looked: &Looked) -> Vec<Found> {
    looked.containers(session).into_iter().filter(|found| found.container.state.is_up()).collect()
}

/// The containers of these instances; of all, if none is named.
pub(super) async fn looked(session: &Session, things: &[String]) -> Result<Looked, Problem> {
    Looked::at(session, things, Question::default()).await
}

/// Counts each container that is up.
pub(super) async fn rows(session: &Session, looked: &Looked, stats: &mut Stats) -> Vec<StatsRow> {
    rows_of(session, &up(session, looked), stats).await
}

async fn rows_of(session: &Session, found: &[Found], stats: &mut Stats) -> Vec<StatsRow> {
    let targets: Vec<StatsTarget> = found
        .iter()
        .map(|found| StatsTarget { ship: found.ship, container: found.container.id.clone() })
        .collect();
    let readings = stats.read(&targets).await;
    let rows = found.iter().zip(readings).map(|(found, reading)| StatsRow {
        name: found.name(session),
        service: found.service(session),
        ship: found.ship(session),
        container: found.container.id.clone(),
        usage: match reading {
            Reading::Counted { counted, cpu_percent } => Ok(Usage { counted, cpu_percent }),
            Reading::Down => Err("down".to_owned()),
            Reading::Failed(error) => Err(explain::sentence(error.fault())),
        },
    });
    rows.collect()
}
