//! `wait`: until instances have stopped, or are ready.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::status::look::{Depth, look};
use crate::cli::{
    args::{Output, WaitArgs},
    containers::{Found, Looked},
    error::{End, Problem},
    session::Session,
};
use maestro_core::model::{InstanceId, ShipId, filter::StateWord};
use maestro_engine::observe::Question;
use maestro_report::{
    json,
    status::{EntrySubject, Status},
    text::harmless,
};
use maestro_run::operations::stopped::until_stopped;

/// The pause before instances are looked at again that are not ready.
const TURN: Duration = Duration::from_millis(500);
/// Without `--timeout` there is no end.
const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);

pub(in crate::cli) async fn run(session: &Session, args: &WaitArgs) -> Result<End, Problem> {
    let question = Question { compared: true, files: true, ..Question::default() };
    let mut looked = Looked::at(session, &args.things, question).await?;
    session.ship_notes(&looked.fleet.told())?;
    let most = args.timeout.unwrap_or(FOREVER);
    if args.ready {
        return until_ready(session, &mut looked, question, most).await;
    }
    let missing = looked.tell_missing(session, true)?;
    let found = looked.containers(session);
    Ok(missing.worse(until_down(session, &looked, found, most).await?))
}

/// Prints the exit code of each, as they stop. One that failed fails the command; where only one is waited for, its exit
/// code is the command's.
async fn until_down(
    session: &Session,
    looked: &Looked,
    found: Vec<Found>,
    most: Duration,
) -> Result<End, Problem> {
    let is_one = found.len() == 1;
    let mut on_ships: BTreeMap<ShipId, BTreeSet<String>> = BTreeMap::new();
    let mut waited: BTreeMap<(ShipId, String), Found> = BTreeMap::new();
    for one in found {
        on_ships.entry(one.ship).or_default().insert(one.container.id.clone());
        waited.insert((one.ship, one.container.id.clone()), one);
    }
    let each = on_ships.into_iter().filter_map(|(ship, ids)| {
        let engine = looked.fleet.engines[ship.0].clone()?;
        let stopped = until_stopped(engine, &session.environment.name, ids);
        Some(stopped.map(move |(id, code)| ((ship, id), code)).boxed_local())
    });
    let mut stopped = futures_util::stream::select_all(each);
    let (mut end, deadline) = (End::Done, Instant::now() + most);
    while !waited.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(next) = timeout(left, stopped.next()).await else {
            let names: Vec<String> = waited.values().map(|one| one.name(session)).collect();
            session.note(&format!("not stopped within {} s: {}", most.as_secs(), names.join(", ")))?;
            return Ok(end.worse(End::Failed));
        };
        let Some((key, code)) = next else { break };
        let Some(one) = waited.remove(&key) else { continue };
        end = end.worse(match code {
            Some(0) => End::Done,
            // That of a single one is passed on, as docker compose does.
            Some(code) if is_one => End::from(code),
            Some(_) | None => End::Failed,
        });
        print(session, &one, code, is_one)?;
    }
    Ok(end)
}

fn print(session: &Session, one: &Found, code: Option<i64>, is_one: bool) -> Result<(), Problem> {
    let (name, ship) = (one.name(session), one.ship(session));
    let told = code.map_or_else(|| "unknown (the container was removed)".to_owned(), |code| code.to_string());
    let line = match session.output {
        Output::Json => json::line(&json!({ "instance": name, "ship": ship, "exit_code": code }))?,
        Output::Text | Output::Markdown if is_one => told,
        Output::Text | Output::Markdown => format!("{} {told}", harmless(&name)),
    };
    session.print(&line)
}

/// Waits until all are ready, and says so of each.
async fn until_ready(
    session: &Session,
    looked: &mut Looked,
    question: Question,
    most: Duration,
) -> Result<End, Problem> {
    let ids: Vec<InstanceId> = looked.instances.iter().copied().collect();
    let deadline = Instant::now() + most;
    let mut told: BTreeSet<InstanceId> = BTreeSet::new();
    loop {
        let findings = look(session, &looked.fleet, &ids, Depth::WithChecks).await;
        let status = Status::of(&session.environment, &looked.fleet.observed, &ids, &[], &findings);
        let mut left = Vec::new();
        for entry in &status.entries {
            let EntrySubject::Instance(id) = entry.subject else { continue };
            if !entry.states.contains(&StateWord::Ready) {
                left.push(entry.name.clone());
            } else if told.insert(id) {
                print_ready(session, id)?;
            }
        }
        if left.is_empty() {
            return Ok(End::Done);
        }
        if Instant::now() >= deadline {
            session.note(&format!(
                "not ready within {} s: {}; `{} why {}` tells more",
                most.as_secs(),
                left.join(", "),
                session.invocation,
                left[0]
            ))?;
            return Ok(End::Failed);
        }
        sleep(TURN.min(deadline.saturating_duration_since(Instant::now()))).await;
        looked.refresh(session, question).await;
    }
}

fn print_ready(session: &Session, id: InstanceId) -> Result<(), Problem> {
    let instance = session.environment.instance(id);
    let ship = &session.environment.ship(instance.ship).name;
    let line = match session.output {
        Output::Json => json::line(&json!({ "instance": instance.name, "ship": ship, "ready": true }))?,
        Output::Text | Output::Markdown => format!("{} ready", harmless(&instance.name)),
    };
    session.print(&line)
}
