//! `logs`: what containers have written, of several with their names in front.

use std::io::{self, Write};

use futures_util::{StreamExt, stream::SelectAll};

use crate::{
    cli::{
        args::{LogsArgs, Output},
        error::{End, Problem},
        fleet::Fleet,
        session::Session,
    },
    engine::{LogOptions, observe::Question},
    model::InstanceId,
    observed::InstanceState,
    report::{
        json,
        text::{harmless, harmless_line, pad, width},
    },
};

pub(in crate::cli) async fn run(session: &Session, args: &LogsArgs) -> Result<End, Problem> {
    let selected = session.select_named(&args.things)?;
    let environment = &session.environment;
    let fleet = Fleet::muster(session, &selected, Question::default()).await?;
    let named = |id: InstanceId| harmless(&environment.instance(id).name).into_owned();
    let column = selected.iter().map(|&id| width(&named(id))).max().unwrap_or(0);
    let options = LogOptions { follow: args.follow, tail: args.lines };
    let mut lines = SelectAll::new();
    let mut end = End::Done;
    for &id in &selected {
        let name = named(id);
        let ship = &environment.ship(environment.instance(id).ship).name;
        let container = match fleet.observed.instance(environment, id) {
            InstanceState::Ours(container) => container.id.clone(),
            InstanceState::Foreign(_) => {
                session.note(&format!("{name}: ship {ship} has a container of this name, but this environment did not make it; `docker logs {name}` shows its log"))?;
                end = worse(end, End::Refused);
                continue;
            }
            InstanceState::Absent => {
                // Asked for by name it is missing; among all it is only not there yet.
                session.note(&format!("{name}: it has no container on ship {ship}, so there is no log"))?;
                end = if args.things.is_empty() { end } else { worse(end, End::Failed) };
                continue;
            }
            InstanceState::Unreachable { reason } => {
                session.note(&format!("{name}: ship {ship} does not answer: {reason}"))?;
                end = worse(end, End::Unreachable);
                continue;
            }
            InstanceState::Unknown => continue,
        };
        let Some(engine) = fleet.engines[environment.instance(id).ship.0].clone() else { continue };
        match engine.logs(&container, options).await {
            Ok(stream) => lines.push(stream.map(move |line| (id, line))),
            Err(error) => {
                session.note(&format!("{name}: its log cannot be had from ship {ship}: {error}"))?;
                end = worse(end, End::Failed);
            }
        }
    }
    let mut out = io::stdout();
    while let Some((id, line)) = lines.next().await {
        let name = named(id);
        match line {
            Ok(line) if session.output == Output::Json => {
                let entry = serde_json::json!({ "instance": name, "stderr": line.stderr, "line": line.text });
                writeln!(out, "{}", json::line(&entry)?)?;
            }
            Ok(line) if selected.len() == 1 => writeln!(out, "{}", harmless_line(&line.text))?,
            Ok(line) => writeln!(out, "{} | {}", pad(&name, column), harmless_line(&line.text))?,
            Err(error) => {
                session.note(&format!("{name}: its log broke off: {error}"))?;
                end = worse(end, End::Unreachable);
            }
        }
    }
    Ok(end)
}

/// Of two ends the one that matters more.
fn worse(a: End, b: End) -> End {
    let rank = |end: End| match end {
        End::Refused => 3,
        End::Failed => 2,
        End::Unreachable => 1,
        End::Done | End::BadInput | End::Signal(_) => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}
