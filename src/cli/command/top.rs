//! `top`: the processes of instances.

use crate::cli::{
    args::{Output, TopArgs},
    containers::{self, Looked},
    error::{End, Problem},
    session::Session,
    tasks::{TaskNames, TasksInPlace},
};
use maestro_engine::{Inspection, observe::Question};
use maestro_report::{
    explain::engine as explain,
    images::{TopEntry, top_json, top_text},
    json,
};
use maestro_run::operations::each::ask_each;

pub(in crate::cli) async fn run(session: &Session, args: &TopArgs) -> Result<End, Problem> {
    let is_named = !args.things.is_empty();
    let names = TaskNames::of(&session.environment, &args.things);
    let looked = Looked::at(session, &names.things, Question::default()).await?.kept(session, &args.filter);
    let mut end = looked.tell_missing(session, is_named)?;
    session.ship_notes(&looked.fleet.told())?;
    let routes = session.routes();
    let mut tasks = TasksInPlace::new(session, &routes, &looked.fleet);
    let found = (looked.containers(session), &names);
    let (found, left_out) = tasks.of(session, &looked.fleet, found).await;
    end = end.worse(TasksInPlace::tell(session, left_out, is_named)?);
    for down in found.iter().filter(|found| is_named && !found.container.state.is_up()) {
        session.note(&format!("{} is down", down.name(session)))?;
        end = end.worse(End::Failed);
    }
    let found: Vec<_> = found.into_iter().filter(|found| found.container.state.is_up()).collect();
    if args.quiet && session.output != Output::Json {
        session.print(&containers::names(session, &found))?;
        return Ok(end);
    }
    let asked = found.iter().map(|found| (found.ship, found.container.id.as_str()));
    let told = ask_each(&tasks.engines, asked, Inspection::processes).await;
    let mut entries = Vec::new();
    for (found, told) in found.iter().zip(told) {
        let Some(told) = told else { continue };
        let (name, ship) = (found.name(session), found.ship(session));
        match told {
            Ok(processes) => {
                entries.push(TopEntry { name, ship, titles: processes.titles, rows: processes.rows });
            }
            Err(error) => {
                session.note(&format!("{name}: {}", explain::sentence(error.fault())))?;
                end = end.worse(End::Failed);
            }
        }
    }
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(top_json(&session.environment.name, &entries)))?,
        Output::Text | Output::Markdown => top_text(&entries, session.columns()),
    };
    if !text.is_empty() {
        session.print(&text)?;
    }
    Ok(end)
}
