//! `logs`: what containers have written, of several with their names in front.

use std::io::{self, Write};

use futures_util::{StreamExt, stream::SelectAll};

use crate::cli::{
    args::{LogsArgs, Output, Tail},
    error::{End, Problem},
    orphans::Named,
    session::Session,
};
use maestro_core::{
    model::{InstanceId, ShipId},
    observed::{InstanceState, Observed},
    plan::moves::on_old_ship,
};
use maestro_engine::{LogLine, LogOptions, connect::Routes, observe::Question};
use maestro_report::{
    explain::engine as explain,
    json,
    text::{harmless, harmless_line, pad, width},
};

pub(in crate::cli) async fn run(session: &Session, args: &LogsArgs) -> Result<End, Problem> {
    let named = Named::of(session, &args.things, |names| session.select_named(names)).await?;
    let environment = &session.environment;
    let mut fleet = session.connect_and_observe_ships(&named.ships(session), Question::default()).await;
    let routes = Routes::new(&session.variables);
    fleet.refresh_old_ships(environment, &routes, &named.instances, Question::default()).await;
    let by_label = fleet.observed.by_label(environment);
    let on_old_ship = on_old_ship(environment, &by_label);
    let options =
        LogOptions { follow: args.follow, tail: args.lines.and_then(Tail::count), ..LogOptions::default() };
    let mut lines = SelectAll::new();
    let mut end = End::Done;
    let mut wanted: Vec<Wanted<'_>> = Vec::new();
    for &id in &named.instances {
        if let Some(old) = on_old_ship.get(&id) {
            let (name, container) = (&environment.instance(id).name, Some(old.container.id.clone()));
            wanted.push(Wanted { name, ship: old.ship, container });
            continue;
        }
        let (container, without) = container(session, &by_label, id, !args.things.is_empty())?;
        end = end.worse(without);
        let instance = environment.instance(id);
        wanted.push(Wanted { name: &instance.name, ship: instance.ship, container });
    }
    wanted.extend(named.orphans.iter().map(|orphan| Wanted {
        name: &orphan.container,
        ship: orphan.ship,
        container: Some(orphan.id.clone()),
    }));
    for &Wanted { name, ship, ref container } in &wanted {
        let (Some(container), Some(engine)) = (container, &fleet.engines[ship.0]) else { continue };
        match engine.logs(container, options).await {
            Ok(stream) => lines.push(stream.map(move |line| (name, line))),
            Err(error) => {
                let ship = &environment.ship(ship).name;
                session.note(&format!(
                    "{name}: its log cannot be read from ship {ship}: {}",
                    explain::sentence(error.fault())
                ))?;
                end = end.worse(End::Failed);
            }
        }
    }
    let column = wanted.iter().map(|one| width(&harmless(one.name))).max().unwrap_or(0);
    while let Some((name, line)) = lines.next().await {
        match line {
            Ok(line) => print(session, (wanted.len() > 1).then_some(column), name, &line)?,
            Err(error) => {
                session
                    .note(&format!("{name}: its log ended early: {}", explain::sentence(error.fault())))?;
                end = end.worse(End::Unreachable);
            }
        }
    }
    if end != End::Done {
        session.ship_notes(&fleet.told())?;
    }
    Ok(end)
}

/// A container whose log is wanted: an instance's, if it has one, or an orphan.
struct Wanted<'a> {
    name: &'a str,
    ship: ShipId,
    container: Option<String>,
}

/// The id of an instance's container. Where there is none, says why, and how the command ends because of that.
fn container(
    session: &Session,
    observed: &Observed,
    id: InstanceId,
    named: bool,
) -> Result<(Option<String>, End), Problem> {
    let environment = &session.environment;
    let instance = environment.instance(id);
    let (name, ship) = (&instance.name, &environment.ship(instance.ship).name);
    let (text, end) = match observed.instance(environment, id) {
        InstanceState::Ours(container) => return Ok((Some(container.id.clone()), End::Done)),
        InstanceState::Unknown => return Ok((None, End::Done)),
        InstanceState::Unmanaged(_) => (
            format!(
                "ship {ship} has a container of this name, but it is unmanaged; `docker logs {}` shows its log",
                instance.container_name()
            ),
            End::Refused,
        ),
        // Asked for by name it is missing; among all it is only not there yet.
        InstanceState::Absent => {
            (format!("it has no container on ship {ship}"), if named { End::Failed } else { End::Done })
        }
        InstanceState::Unreachable { reason } => {
            (maestro_report::explain::ship::unreachable(ship, reason), End::Unreachable)
        }
    };
    session.note(&format!("{name}: {text}"))?;
    Ok((None, end))
}

/// Prints a line, with its instance's name in front in a column that wide, if there is more than one.
fn print(session: &Session, column: Option<usize>, name: &str, line: &LogLine) -> Result<(), Problem> {
    let mut out = io::stdout();
    match (session.output, column) {
        (Output::Json, _) => {
            let entry = serde_json::json!({
                "version": 1,
                "instance": name,
                "stderr": line.stderr,
                "line": line.text,
            });
            writeln!(out, "{}", json::line(&entry)?)?;
        }
        (Output::Text | Output::Markdown, None) => writeln!(out, "{}", harmless_line(&line.text))?,
        (Output::Text | Output::Markdown, Some(column)) => {
            writeln!(out, "{} | {}", pad(&harmless(name), column), harmless_line(&line.text))?;
        }
    }
    Ok(())
}
