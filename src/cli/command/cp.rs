//! `cp`: copies files into containers, out of them, and from one to another.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _},
    sync::Arc,
};

use tokio::sync::watch;

use crate::cli::{
    args::{CopyArgs, Output},
    copying::{ShownProgress, fault_end},
    error::{End, Problem},
    fleet::Fleet,
    only,
    running::RunningContainer,
    session::Session,
    signals::Signals,
    tasks::{self, TaskNames},
};
use maestro_core::{
    model::InstanceId,
    observed::{Container, InstanceState},
};
use maestro_engine::observe::Question;
use maestro_report::{copying, explain, json, problem::CommandProblem, text::harmless};
use maestro_run::{
    archives::copy::{Copied, CopyRequest, Inside, Side, copy},
    operations::tasks::Tasks,
};
use serde_json::json;

pub(in crate::cli) async fn run(session: &Session, args: &CopyArgs) -> Result<End, Problem> {
    let (from, to) = (parse(session, &args.source)?, parse(session, &args.target)?);
    refuse(session, args, &from, &to)?;
    let ids: BTreeSet<InstanceId> = [&from, &to].into_iter().filter_map(Named::instance).collect();
    let fleet = session.connect_and_observe(&ids, Question::default()).await?;
    session.ship_notes(&fleet.told())?;
    let (from, to) = (side(session, &fleet, from).await?, side(session, &fleet, to).await?);
    let is_to_output = matches!(to, Side::Stream);
    let (interrupt, interrupted) = watch::channel(false);
    let request =
        CopyRequest { from, to, keeps_owners: args.archive, follows_link: args.follow_link, interrupted };
    let shown = ShownProgress::new(session, &format!("copy of {}", args.source));
    let tell = |amount| shown.tell(amount);
    let mut signals = Signals::take()?;
    let mut copied = std::pin::pin!(copy(request, &tell));
    let mut signal = None;
    let copied = loop {
        tokio::select! {
            biased;
            copied = &mut copied => break copied,
            number = signals.next() => {
                signal.get_or_insert(number);
                interrupt.send_replace(true);
            }
        }
    };
    shown.end();
    let Copied { bytes, skipped } = match (copied, signal) {
        (Ok(copied), _) => copied,
        (Err(fault), signal) => {
            let why = explain::archive::sentence(&fault);
            let text = format!("{} was not copied to {}: {why}", args.source, args.target);
            let end = signal.map_or_else(|| fault_end(&fault), End::Signal);
            let problem = CommandProblem::new(harmless(&text));
            return Err(Problem::ended(problem.note("what was copied before stays"), end));
        }
    };
    for left_out in skipped {
        session.note(&format!("{left_out} is not copied: only files, directories and links are"))?;
    }
    if is_to_output {
        return Ok(End::Done);
    }
    if session.output == Output::Json {
        let line = json!({"version": 1, "source": args.source, "target": args.target, "bytes": bytes});
        session.print(&json::line(&session.hidden(line))?)?;
        return Ok(End::Done);
    }
    let text = format!("{} copied to {} ({})", args.source, args.target, copying::amount(bytes));
    session.print(&harmless(&text))?;
    Ok(End::Done)
}

/// One side of a copy, as it was typed.
enum Named {
    Instance(InstanceId, TaskNames, String),
    Local(String),
    Stream,
}

impl Named {
    fn instance(&self) -> Option<InstanceId> {
        match self {
            Self::Instance(id, ..) => Some(*id),
            Self::Local(_) | Self::Stream => None,
        }
    }
}

/// As Docker reads it: what begins with `/` or `.` is of this machine, and so is what has no colon.
fn parse(session: &Session, text: &str) -> Result<Named, Problem> {
    if text == "-" {
        return Ok(Named::Stream);
    }
    let parts = text.split_once(':').filter(|(name, _)| !name.starts_with(['/', '.']));
    let Some((name, path)) = parts else { return Ok(Named::Local(text.to_owned())) };
    let tasks = TaskNames::of(&session.environment, &[name.to_owned()]);
    let thing = tasks.things.first().map_or(name, String::as_str);
    let id = only::instance(session, thing, &format!(":{path}"))?;
    Ok(Named::Instance(id, tasks, path.to_owned()))
}

/// Refuses what cannot be copied, before an engine is contacted.
fn refuse(session: &Session, args: &CopyArgs, from: &Named, to: &Named) -> Result<(), Problem> {
    if from.instance().is_none() && to.instance().is_none() {
        let is_instance = |text: &str| session.environment.instances.iter().any(|one| *one.name == *text);
        let (source, target) = (harmless(&args.source), harmless(&args.target));
        let meant = match (is_instance(&args.source), is_instance(&args.target)) {
            (true, _) => format!("{source}:PATH {target}"),
            (false, true) => format!("{source} {target}:PATH"),
            (false, false) => format!("{source} INSTANCE:/tmp"),
        };
        let problem = CommandProblem::new("neither side of the copy is in an instance")
            .help(format!("write `INSTANCE:PATH` for one of them: `maestro cp {meant}`"));
        return Err(Problem::bad_input(problem));
    }
    if matches!(to, Named::Stream) && io::stdout().is_terminal() {
        let problem = CommandProblem::new("an archive is not text and cannot be shown on a terminal")
            .help(format!("`maestro cp {} - | tar t` lists it", harmless(&args.source)));
        return Err(Problem::bad_input(problem));
    }
    Ok(())
}

/// A side with its engine and container.
async fn side(session: &Session, fleet: &Fleet, named: Named) -> Result<Side, Problem> {
    let (id, tasks, path) = match named {
        Named::Local(path) => return Ok(Side::Local(path)),
        Named::Stream => return Ok(Side::Stream),
        Named::Instance(id, tasks, path) => (id, tasks, path),
    };
    if let Some(service) = tasks::service(session, fleet, id) {
        return in_task(session, fleet, (id, service, &tasks), path).await;
    }
    let environment = &session.environment;
    let instance = environment.instance(id);
    let ship = &environment.ship(instance.ship).name;
    let ended = |text: String, end| Err(Problem::ended(CommandProblem::new(harmless(&text)), end));
    let by_label = fleet.observed.by_label(environment);
    let name = &instance.name;
    match (by_label.instance(environment, id), &fleet.engines[instance.ship.0]) {
        (InstanceState::Ours(container), Some(engine)) => {
            Ok(Side::Inside(Inside { engine: Arc::clone(engine), container: container.id.clone(), path }))
        }
        (InstanceState::Absent, _) => ended(format!("{name} has no container on ship {ship}"), End::Failed),
        (InstanceState::Unmanaged(_), _) => ended(
            format!("{name}: ship {ship} has a container of this name, but it is unmanaged"),
            End::Refused,
        ),
        (InstanceState::Unreachable { reason }, _) => {
            ended(format!("{name}: {}", explain::ship::unreachable(ship, reason)), End::Unreachable)
        }
        (InstanceState::Ours(_) | InstanceState::Unknown, _) => {
            ended(format!("{name}: ship {ship} was not asked"), End::Unreachable)
        }
    }
}

/// A side in the first task of a service that runs, or in the one that is named.
async fn in_task(
    session: &Session,
    fleet: &Fleet,
    of: (InstanceId, &Container, &TaskNames),
    path: String,
) -> Result<Side, Problem> {
    let routes = session.routes();
    let mut tasks = Tasks::new(&session.environment, &routes);
    let mut found = tasks::containers(session, fleet, &mut tasks, of).await;
    let at = found.iter().position(Result::is_ok).unwrap_or_default();
    match found.swap_remove(at) {
        Ok(RunningContainer { engine, id: container, name, .. }) => {
            session.note(&format!("copying in task {} @{}", name.instance, name.ship))?;
            Ok(Side::Inside(Inside { engine, container, path }))
        }
        Err(other) => Err(Problem::ended(CommandProblem::new(other.why), other.end)),
    }
}
