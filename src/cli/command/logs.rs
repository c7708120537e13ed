//! `logs`: what containers have written and write, of several in the order of time.

use std::io::{self, IsTerminal as _};

use crate::cli::{
    args::{LogsArgs, Output, Tail},
    containers::Looked,
    error::{End, Problem},
    gathered::GatheredText,
    session::Session,
};
use maestro_core::{
    model::{InstanceId, selection::typed_name},
    observed::{InstanceState, Observed},
    plan::moves::on_old_ship,
};
use maestro_engine::{LogLine, observe::Question};
use maestro_report::{
    explain::engine as explain_engine,
    logs::{self, LogEntry, LogLayout, LogName, object},
};
use maestro_run::operations::logs::{LogRange, LogSource, LogUpdate, LogsRequest, MergedLogs};

pub(in crate::cli) async fn run(session: &Session, args: &LogsArgs) -> Result<End, Problem> {
    let looked = Looked::at(session, &args.things, Question::default()).await?.kept(session, &args.filter);
    let (wanted, mut end) = wanted(session, args, &looked)?;
    let fleet = &looked.fleet;
    let request = LogsRequest {
        environment: session.environment.name.clone(),
        sources: wanted.iter().map(|wanted| wanted.source.clone()).collect(),
        engines: fleet.engines.clone(),
        range: LogRange {
            follow: args.follow,
            tail: args.lines.and_then(Tail::count),
            since: args.since,
            until: args.until,
        },
    };
    end = end.worse(show(session, args, &wanted, MergedLogs::read(request)).await?);
    if end != End::Done {
        session.ship_notes(&fleet.told())?;
    }
    Ok(end)
}

/// Whose log is wanted, and its name.
struct Wanted {
    source: LogSource,
    name: LogName,
}

/// Whose logs are wanted. Says of those that have none why, and how the command ends because of that.
fn wanted(
    session: &Session,
    args: &LogsArgs,
    Looked { instances, orphans, fleet }: &Looked,
) -> Result<(Vec<Wanted>, End), Problem> {
    let environment = &session.environment;
    let by_label = fleet.observed.by_label(environment);
    let on_old_ship = on_old_ship(environment, &by_label);
    let mut end = End::Done;
    let mut wanted = Vec::new();
    for &id in instances {
        let instance = environment.instance(id);
        let (ship, container) = match on_old_ship.get(&id) {
            Some(old) => (old.ship, Some(old.container.id.clone())),
            None => {
                let (container, without) = container(session, args, &by_label, id)?;
                end = end.worse(without);
                (instance.ship, container)
            }
        };
        let name = LogName {
            instance: instance.name.clone(),
            typed: typed_name(environment, id),
            service: Some(environment.service(instance.service).name.clone()),
            ship: environment.ship(ship).name.clone(),
        };
        wanted.push(Wanted {
            source: LogSource { ship, container, instance: Some(instance.name.clone()) },
            name,
        });
    }
    end = end.worse(session.tell_silent(&by_label, instances.iter().copied())?);
    wanted.extend(orphans.iter().map(|orphan| Wanted {
        source: LogSource { ship: orphan.ship, container: Some(orphan.id.clone()), instance: None },
        name: LogName {
            instance: orphan.container.clone(),
            typed: orphan.container.clone(),
            service: None,
            ship: environment.ship(orphan.ship).name.clone(),
        },
    }));
    Ok((wanted, end))
}

/// The id of an instance's container. Where there is none, says why, and how the command ends because of that.
fn container(
    session: &Session,
    args: &LogsArgs,
    observed: &Observed,
    id: InstanceId,
) -> Result<(Option<String>, End), Problem> {
    let environment = &session.environment;
    let instance = environment.instance(id);
    let (name, ship) = (&instance.name, &environment.ship(instance.ship).name);
    let is_named = !args.things.is_empty();
    let (text, end) = match observed.instance(environment, id) {
        InstanceState::Ours(container) => return Ok((Some(container.id.clone()), End::Done)),
        // The ships that do not answer are told together.
        InstanceState::Unknown | InstanceState::Unreachable { .. } => return Ok((None, End::Done)),
        InstanceState::Unmanaged(_) => (
            format!(
                "ship {ship} has a container of this name, but it is unmanaged; `docker logs {}` shows its log",
                instance.container_name()
            ),
            End::Refused,
        ),
        InstanceState::Absent if args.follow => {
            (format!("it has no container on ship {ship} yet; its log is shown when it has"), End::Done)
        }
        // Asked for by name it is missing; among all it is only not there yet.
        InstanceState::Absent => {
            (format!("it has no container on ship {ship}"), if is_named { End::Failed } else { End::Done })
        }
    };
    session.note(&format!("{name}: {text}"))?;
    Ok((None, end))
}

/// Shows the logs until they end. What waits for a slow reader is bounded: then nothing more is read.
async fn show(
    session: &Session,
    args: &LogsArgs,
    wanted: &[Wanted],
    mut lines: MergedLogs,
) -> Result<End, Problem> {
    let names: Vec<LogName> = wanted.iter().map(|wanted| wanted.name.clone()).collect();
    let colour = session.colour && io::stdout().is_terminal();
    let mut layout = LogLayout::new(&names, args.timestamps, args.grep.clone(), colour);
    if args.no_prefix || names.len() == 1 {
        layout = layout.without_names();
    }
    let out = GatheredText::new();
    let mut shown = Shown { session, names, layout, out, end: End::Done };
    while let Some(update) = shown.out.next(async || lines.next().await).await {
        shown.take(update)?;
    }
    shown.layout.end_line(&mut shown.out.text);
    shown.out.end().await?;
    Ok(shown.end)
}

/// What is shown of logs.
struct Shown<'a> {
    session: &'a Session,
    names: Vec<LogName>,
    layout: LogLayout,
    out: GatheredText,
    end: End,
}

impl Shown<'_> {
    fn take(&mut self, update: LogUpdate) -> Result<(), Problem> {
        let environment = &self.session.environment;
        let (text, end) = match update {
            LogUpdate::Line { source, line } => return self.line(source, &line),
            LogUpdate::Failed { source, has_begun, error } => {
                let why = explain_engine::sentence(error.fault());
                let end = if has_begun { End::Unreachable } else { End::Failed };
                (logs::failed(&self.names[source], has_begun, &why), end)
            }
            LogUpdate::NoConnection { source, limit } => {
                (logs::not_followed(&self.names[source], limit), End::Failed)
            }
            LogUpdate::Lost { ship, reason } => {
                (logs::lost(&environment.ship(ship).name, &reason), End::Done)
            }
            LogUpdate::Back { ship } => (logs::back(&environment.ship(ship).name), End::Done),
        };
        self.end = self.end.worse(end);
        self.session.note(&text)
    }

    fn line(&mut self, source: usize, line: &LogLine) -> Result<(), Problem> {
        let LogLine { time, stderr, text, goes_on } = line;
        let entry = LogEntry { time: *time, stderr: *stderr, text, goes_on: *goes_on };
        match self.session.output {
            Output::Json if self.layout.is_wanted(text) => {
                self.out.text.push_str(&object(&self.names[source], &entry)?);
                self.out.text.push('\n');
            }
            Output::Json => {}
            Output::Text | Output::Markdown => self.layout.write(&mut self.out.text, source, &entry),
        }
        Ok(())
    }
}
