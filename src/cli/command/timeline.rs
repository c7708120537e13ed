//! `timeline`: the timing of a run that the engines remember. Sends nothing but questions.

use std::time::SystemTime;

use crate::cli::{
    args::{Output, TimelineArgs},
    error::{End, Problem},
    session::Session,
    timing::TimelineFile,
};
use maestro_core::timeline::record::{RecordedRun, runs};
use maestro_engine::observe::Question;
use maestro_report::{explain::engine as explain, json, problem::CommandProblem, text::harmless, timeline};
use maestro_run::{
    lease::in_order,
    operations::{each::ask_each, timing},
};

pub(in crate::cli) async fn run(session: &Session, args: &TimelineArgs) -> Result<End, Problem> {
    let file = args.out.as_deref().map(TimelineFile::at).transpose()?;
    let fleet = session.connect_and_observe_everywhere(Question::default()).await;
    session.ship_notes(&fleet.told())?;
    let environment = &session.environment.name;
    let asked = in_order(fleet.places()).into_iter().map(|place| (place.ship, ()));
    let asked: Vec<_> = asked.collect();
    let ships: Vec<_> = asked.iter().map(|(ship, ())| *ship).collect();
    let told = ask_each(&fleet.engines, asked, |engine, ()| timing::kept(engine, environment)).await;
    let mut parts = Vec::new();
    let mut end = if fleet.is_incomplete() { End::Unreachable } else { End::Done };
    for (ship, told) in ships.into_iter().zip(told) {
        match told {
            Some(Ok(found)) => parts.extend(found),
            Some(Err(error)) => {
                let ship = harmless(&session.environment.ship(ship).name).into_owned();
                let why = explain::sentence(error.fault());
                session.note(&format!("what ship {ship} remembers of runs is left out: {why}"))?;
                end = end.worse(End::from(&error));
            }
            None => {}
        }
    }
    let runs = runs(parts);
    if args.list {
        list(session, &runs)?;
        return Ok(end);
    }
    let Some(run) = chosen(args.run.as_deref(), &runs)? else {
        if session.output == Output::Json {
            return Err(none());
        }
        session.note("no run is remembered: each that changes something leaves its timing on the engines")?;
        return Ok(end);
    };
    match (file, session.output) {
        (Some(file), _) => file.write(session, &run.timeline, run.ended)?,
        (None, Output::Json) => {
            let value = timeline::json(&run.timeline, run.ended);
            session.print(&json::pretty(&session.hidden(value))?)?;
        }
        (None, Output::Text | Output::Markdown) => {
            session.print(&timeline::text(&run.timeline, session.columns(), session.colour))?;
        }
    }
    Ok(end)
}

fn list(session: &Session, runs: &[RecordedRun]) -> Result<(), Problem> {
    match session.output {
        Output::Json => {
            let value = timeline::list_json(&session.environment.name, runs);
            session.print(&json::pretty(&session.hidden(value))?)
        }
        Output::Text | Output::Markdown if runs.is_empty() => {
            session.note("no run is remembered: each that changes something leaves its timing on the engines")
        }
        Output::Text | Output::Markdown => {
            session.print(&timeline::list(runs, SystemTime::now(), session.columns()))
        }
    }
}

/// The run that is named; the latest if none is. None if there is none at all.
fn chosen<'a>(named: Option<&str>, runs: &'a [RecordedRun]) -> Result<Option<&'a RecordedRun>, Problem> {
    let Some(named) = named else { return Ok(runs.first()) };
    let mut found = runs.iter().filter(|run| run.timeline.run.id.starts_with(named));
    let refused = |text: String, help: &str| {
        Problem::ended(CommandProblem::new(text).help(help.to_owned()), End::Failed)
    };
    let name = harmless(named);
    match (found.next(), found.next()) {
        (Some(run), None) => Ok(Some(run)),
        (Some(_), Some(_)) => {
            Err(refused(format!("several runs begin with `{name}`"), "type more characters of the id"))
        }
        (None, _) => Err(refused(
            format!("no run begins with `{name}`"),
            "`maestro timeline --list` lists the runs that the engines remember",
        )),
    }
}

fn none() -> Problem {
    let problem = CommandProblem::new("no run is remembered");
    let note = "each run that changes something leaves its timing on the engines";
    Problem::ended(problem.note(note), End::Failed)
}
