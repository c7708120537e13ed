//! The state of all instances, kept current for all browsers that look.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, future::OptionFuture, stream};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

use super::{
    documents::{line, ships},
    shared::Ui,
};
use crate::cli::{
    command::status::look::{Depth, look},
    fleet::Fleet,
    session::Session,
};
use maestro_core::{
    model::{
        Environment, InstanceId,
        graph::{Direction, Graph},
    },
    observed::ShipState,
    plan::orphans,
};
use maestro_engine::observe::Question;
use maestro_report::{
    drift,
    status::{Findings, InstanceDetails, Status, status_json},
};
use maestro_run::operations::live::{EnvironmentState, LiveState, LiveUpdates};
use maestro_web::{PageMessage, PageMessages};

/// What is asked of the ships.
pub(in crate::cli::command) const QUESTION: Question =
    Question { compared: true, files: true, stopped: true, ..Question::CONTAINERS };
/// How long further changes are waited for after the first.
pub(in crate::cli::command) const MOMENT: Duration = Duration::from_millis(30);
/// How long the first picture waits for ships.
const FIRST: Duration = Duration::from_millis(1500);
/// How often all ships are asked again: checks fail and times go on without an event.
pub(in crate::cli::command) const REFRESH: Duration = Duration::from_secs(10);
/// How often it is looked whether the file was written.
pub(in crate::cli::command) const FILE: Duration = Duration::from_millis(500);

/// Keeps the state current. It is computed only while somebody looks.
pub(super) async fn keep(ui: Arc<Ui>) {
    loop {
        let (session, digest) = ui.source().session_with_digest();
        ui.ways().lend(&session);
        let mut fleet = Fleet::connect(&session.environment, &session.routes()).await;
        let observed = fleet.observed.clone();
        let live = LiveState::follow(&session.environment, &fleet.engines, observed, QUESTION);
        let (mut updates, mut state) = (live.subscribe(), live.now());
        let ordered = ordered(&session);
        all_answer(&mut updates, &mut state).await;
        loop {
            fleet.observed.ships.clone_from(&state.observed.ships);
            ui.ways().keep(&session, &fleet);
            ui.shown().send_replace(Some(Arc::new(document(&ui, &session, &fleet, &ordered, &state).await)));
            if !wait(&ui, &digest, &live, &mut updates, &mut state).await {
                break;
            }
        }
    }
}

/// Waits until all ships have answered, for a moment: the first picture shows what is known then.
pub(in crate::cli::command) async fn all_answer(updates: &mut LiveUpdates, state: &mut EnvironmentState) {
    let is_asked = |ship: &ShipState| !matches!(ship, ShipState::NotAsked);
    let all =
        async { while !state.observed.ships.iter().all(is_asked) && updates.next(state).await.is_some() {} };
    // What comes later is shown later.
    timeout(FIRST, all).await.ok();
}

/// Waits until something changed that somebody wants to know. False if the file was written, and is read again.
async fn wait(
    ui: &Ui,
    digest: &str,
    live: &LiveState,
    updates: &mut LiveUpdates,
    state: &mut EnvironmentState,
) -> bool {
    let (mut refresh, mut file) = (interval(REFRESH), interval(FILE));
    refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
    refresh.reset();
    let mut until = None;
    loop {
        tokio::select! {
            biased;
            changed = updates.next(state) => {
                if changed.is_none() {
                    sleep(REFRESH).await;
                }
                until.get_or_insert(Instant::now() + MOMENT);
            }
            Some(()) = OptionFuture::from(until.map(sleep_until)), if ui.is_watched() => return true,
            () = ui.woken() => {
                // A run that has ended has written down what it stopped on purpose.
                live.refresh();
                return true;
            }
            _ = file.tick() => {
                if ui.source().has_changed() {
                    // If it has mistakes, the page says so.
                    let is_read = ui.source().reopen().await.is_ok();
                    return !(is_read && ui.source().says_other(digest));
                }
                if ui.source().says_other(digest) {
                    return false;
                }
            }
            () = ui.retry.notified() => live.retry(),
            _ = refresh.tick(), if ui.is_watched() => live.refresh(),
        }
    }
}

/// All instances in start order.
pub(in crate::cli::command) fn ordered(session: &Session) -> Vec<InstanceId> {
    Graph::of(&session.environment).instances_in_order(Direction::NeedsFirst).collect()
}

/// What the page shows.
async fn document(
    ui: &Ui,
    session: &Arc<Session>,
    fleet: &Fleet,
    ordered: &[InstanceId],
    state: &EnvironmentState,
) -> Value {
    let environment = &session.environment;
    let findings = look(session, fleet, ordered, Depth::WithChecks).await;
    let orphans = orphans::list(environment, &fleet.observed);
    let status = Arc::new(Status::of(environment, &fleet.observed, ordered, &orphans, &findings));
    ui.keep_status(session, Arc::clone(&status));
    let mut status = status_json(environment, &fleet.observed, &status, &orphans, &findings);
    mark_stopped(environment, state, &mut status);
    tell_differences(session, &findings, &mut status);
    // Ships that hold nothing are told as well.
    let all = ships(session, fleet, &state.lost);
    for lost in all.iter().filter(|ship| ship["reachable"] == false) {
        let told = status["unreachable"].as_array_mut();
        if let Some(told) = told.filter(|told| !told.iter().any(|one| one["ship"] == lost["ship"])) {
            told.push(json!({ "ship": lost["ship"], "endpoint": lost["endpoint"], "reason": null }));
        }
    }
    session.hidden(json!({
        "version": 1,
        "time": jiff::Timestamp::now().to_string(),
        "status": status,
        "ships": all,
        "file": { "problem": ui.source().problem(), "name": ui.source().name(), "written": ui.source().written() },
        "run": ui.runs().summary(),
        "lease": ui.lease(),
    }))
}

/// Marks the instances that were stopped on purpose: they have not failed, however they ended.
fn mark_stopped(environment: &Environment, state: &EnvironmentState, status: &mut Value) {
    let holdings = environment.ship_ids().filter_map(|ship| state.observed.holdings(ship));
    let stopped: BTreeSet<&str> =
        holdings.flat_map(|holdings| &holdings.stopped.instances).map(String::as_str).collect();
    for one in status["instances"].as_array_mut().into_iter().flatten() {
        if one["instance"].as_str().is_some_and(|name| stopped.contains(name)) {
            one["stopped_on_purpose"] = true.into();
        }
    }
}

/// In what instances differ from the file, with values and places.
fn tell_differences(session: &Session, findings: &Findings, status: &mut Value) {
    let names = findings.iter().map(|(id, found)| (session.environment.instance(*id).name.as_str(), found));
    let differing: BTreeMap<&str, &InstanceDetails> =
        names.filter(|(_, found)| !found.differences.is_empty()).collect();
    for one in status["instances"].as_array_mut().into_iter().flatten() {
        let found = one["instance"].as_str().and_then(|name| differing.get(name));
        if let Some(found) = found {
            one["container"]["differences"] = drift::lines_json(&found.differences, &session.sources);
        }
    }
}

/// The state now and each change: whole first, then only the instances that changed.
pub(super) fn follow(ui: &Arc<Ui>) -> PageMessages {
    let receiver = ui.watch();
    let start = (receiver, BTreeMap::<String, Value>::new(), Vec::<String>::new());
    stream::unfold(start, |(mut receiver, known, order)| async move {
        let current = loop {
            let current = receiver.borrow_and_update().clone();
            match current {
                Some(current) if order.is_empty() || is_new(&current, &known) => break current,
                Some(_) | None => receiver.changed().await.ok()?,
            }
        };
        let (message, known, order) = message(&current, &known, &order);
        Some((message, (receiver, known, order)))
    })
    .boxed()
}

/// Whether a browser that knows those parts is to be told.
fn is_new(current: &Value, known: &BTreeMap<String, Value>) -> bool {
    parts(current).into_iter().any(|(name, part)| known.get(&name) != Some(part))
}

/// Each instance by its name, and the rest, all but the time.
fn parts(current: &Value) -> Vec<(String, &Value)> {
    let instances = current["status"]["instances"].as_array().into_iter().flatten();
    let instances =
        instances.filter_map(|one| Some((format!("instance {}", one["instance"].as_str()?), one)));
    let rest = ["orphans", "unreachable"].map(|key| (key.to_owned(), &current["status"][key]));
    let others = ["ships", "file", "run", "lease"].map(|key| (key.to_owned(), &current[key]));
    instances.chain(rest).chain(others).collect()
}

/// What a browser is told that knows those parts.
fn message(
    current: &Value,
    known: &BTreeMap<String, Value>,
    order: &[String],
) -> (PageMessage, BTreeMap<String, Value>, Vec<String>) {
    let parts = parts(current);
    let names: Vec<String> = parts.iter().map(|(name, _)| name.clone()).collect();
    let told: BTreeMap<String, Value> =
        parts.iter().map(|(name, part)| (name.clone(), (*part).clone())).collect();
    let message = if names == order {
        let changed = |name: &String, part: &Value| known.get(name) != Some(part);
        let instances: Vec<&Value> = parts
            .iter()
            .filter(|(name, part)| name.starts_with("instance ") && changed(name, part))
            .map(|(_, part)| *part)
            .collect();
        let mut change = Map::new();
        change.insert("time".to_owned(), current["time"].clone());
        change.insert("instances".to_owned(), json!(instances));
        for (name, part) in
            parts.iter().filter(|(name, part)| !name.starts_with("instance ") && changed(name, part))
        {
            change.insert(name.clone(), (*part).clone());
        }
        PageMessage { event: "change", data: line(&Value::Object(change)) }
    } else {
        PageMessage { event: "state", data: line(current) }
    };
    (message, told, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(web: &str, ships: usize) -> Value {
        let instances = [("db-1", "up"), ("web-1", web)];
        let instances = instances.map(|(name, state)| json!({ "instance": name, "state": state }));
        json!({
            "time": "now",
            "status": { "instances": instances, "orphans": [], "unreachable": [] },
            "ships": vec![Value::Null; ships],
            "file": { "problem": null },
            "run": null,
            "lease": null,
        })
    }

    #[test]
    fn a_browser_is_told_all_first_and_then_what_changed() {
        let (first, second) = (state("up", 1), state("down", 1));
        let (told, known, order) = message(&first, &BTreeMap::new(), &[]);
        assert_eq!(
            (told.event, serde_json::from_str::<Value>(&told.data).unwrap()),
            ("state", first.clone())
        );
        assert!(!is_new(&first, &known) && is_new(&second, &known));
        let (told, known, order) = message(&second, &known, &order);
        let changed = json!({ "time": "now", "instances": [{ "instance": "web-1", "state": "down" }] });
        assert_eq!((told.event, serde_json::from_str::<Value>(&told.data).unwrap()), ("change", changed));
        let (told, ..) = message(&state("down", 2), &known, &order);
        let changed = json!({ "time": "now", "instances": [], "ships": [null, null] });
        assert_eq!(serde_json::from_str::<Value>(&told.data).unwrap(), changed);
        // With other instances, it is told all again.
        let mut other = state("down", 2);
        other["status"]["instances"][0]["instance"] = "cache-1".into();
        assert_eq!(message(&other, &known, &order).0.event, "state");
    }
}
