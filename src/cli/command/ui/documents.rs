//! Documents that the page reads once. They are those of the commands, as `docs/json.md` has them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::past_events::events_of;
use crate::cli::{
    args::InspectArgs,
    command::{apply, history, inspect, links},
    error::{End, Problem},
    fleet::Fleet,
    session::Session,
};
use maestro_core::{
    model::{Environment, Instance, InstanceId},
    plan::{apply::ApplyOptions, orphan_scope::OrphanScope, revision::history::history as revisions_of},
};
use maestro_report::{
    drift,
    graph::{self as graph_report, GraphNodes, ShipGraph},
    history as report,
    inspect::InstanceInspection,
    json as json_lines, links as links_report,
};
use maestro_web::{PageNodes, PageRefusal};

/// Revisions that are told of one instance.
const MOST_REVISIONS: usize = 8;

/// What the page is told in place of a document: the same document as a command prints.
pub(super) fn refusal(session: &Session, problem: Problem) -> PageRefusal {
    let problem = problem.map_text(|text| session.known().hide(text).into_owned());
    let (document, end) = problem.document();
    let status = match end {
        End::BadInput => 422,
        End::Unreachable => 503,
        End::Locked | End::Stale | End::Refused => 409,
        End::Done | End::Failed | End::Pending | End::Exited(_) | End::Signal(_) => 500,
    };
    PageRefusal { status, document: session.hidden(document.unwrap_or_default()) }
}

/// A name that the file does not declare.
fn unknown(name: &str) -> PageRefusal {
    PageRefusal {
        status: 404,
        document: json!({ "error": format!("the file declares no instance `{name}`") }),
    }
}

/// The instance of this name.
pub(super) fn named(session: &Session, name: &str) -> Result<InstanceId, PageRefusal> {
    let ids = session.environment.instance_ids();
    let mut found = ids.filter(|&id| session.environment.instance(id).name == name);
    found.next().ok_or_else(|| unknown(name))
}

/// What the page is about.
pub(super) fn session(session: &Session) -> Value {
    json!({
        "version": 1,
        "environment": session.environment.name,
        "invocation": session.invocation,
        "program": env!("CARGO_PKG_VERSION"),
    })
}

/// The revisions.
pub(super) async fn history(session: &Session) -> Value {
    let fleet = session.connect_and_observe_everywhere(history::TO_COMPARE).await;
    let environment = &session.environment;
    let clocks = history::clocks(&fleet).await;
    session.hidden(report::json(&revisions_of(environment, &fleet.observed), environment, &clocks))
}

/// One instance: what differs, and what runs beside what is declared.
pub(super) async fn instance(session: &Session, name: &str) -> Result<Value, PageRefusal> {
    let id = named(session, name)?;
    let environment = &session.environment;
    let scope = OrphanScope::default();
    let planned =
        apply::Planned::of_instances(session, BTreeSet::from([id]), ApplyOptions::default(), None, &scope);
    let planned = planned.await.map_err(|problem| refusal(session, problem))?;
    let observed = planned.fleet.observed.by_label(environment);
    let diff = drift::json(&planned.plan, environment, &observed, &BTreeSet::from([id]), &session.sources);
    drop(observed);
    let args = InspectArgs { things: vec![format!("instance/{name}")] };
    let form = |one: &InstanceInspection<'_>| (one.json(), one.checks_json());
    let inspected =
        inspect::inspected(session, &args, form).await.map_err(|problem| refusal(session, problem))?;
    let (inspected, checks) = inspected.into_iter().next().unwrap_or_default();
    Ok(session.hidden(json!({
        "version": 1,
        "diff": diff["instances"][0],
        "inspect": inspected,
        "checks": checks,
        "links": links_of(environment, id),
        "reached_by": reached_by(environment, id),
        "revisions": revisions_with(environment, &planned.fleet, name),
        "events": events_of(session, &planned.fleet, name).await,
    })))
}

/// Where each name leads that the instance reaches others by.
fn links_of(environment: &Environment, id: InstanceId) -> Value {
    let (consumer, unchecked) = (BTreeSet::from([id]), BTreeMap::new());
    let rows = links::rows(environment, &consumer, &unchecked);
    links_report::json(environment, &rows)["links"].take()
}

/// The instances that have a link to this one.
fn reached_by(environment: &Environment, id: InstanceId) -> Vec<&str> {
    let instances = environment.instances.iter();
    let leads_here = |instance: &&Instance| instance.links.iter().any(|link| link.targets.contains(&id));
    instances.filter(leads_here).map(|instance| instance.name.as_str()).collect()
}

/// The revisions that changed an instance, newest first, each with that change alone.
fn revisions_with(environment: &Environment, fleet: &Fleet, name: &str) -> Value {
    let mut revisions = revisions_of(environment, &fleet.observed);
    for revision in &mut revisions {
        revision.changes.retain(|change| change.instance == name);
    }
    revisions.retain(|revision| !revision.changes.is_empty());
    revisions.truncate(MOST_REVISIONS);
    report::json(&revisions, environment, &report::Clocks::new())["generations"].take()
}

/// What needs what, and the nodes that suit its size.
pub(super) fn graph(session: &Session, graph: Option<&ShipGraph>) -> Result<Value, PageRefusal> {
    let graph = graph.ok_or_else(not_asked)?;
    let mut document = session.hidden(graph_report::json(graph));
    document["nodes"] = match GraphNodes::of(graph) {
        GraphNodes::Instances => "instances",
        GraphNodes::Services => "services",
    }
    .into();
    Ok(document)
}

/// The same as a picture.
pub(super) fn picture(graph: Option<&ShipGraph>, nodes: Option<PageNodes>) -> Result<String, PageRefusal> {
    let graph = graph.ok_or_else(not_asked)?;
    let nodes = match nodes {
        Some(PageNodes::Instances) => GraphNodes::Instances,
        Some(PageNodes::Services) => GraphNodes::Services,
        None => GraphNodes::of(graph),
    };
    Ok(graph_report::svg(graph, nodes))
}

fn not_asked() -> PageRefusal {
    PageRefusal { status: 503, document: json!({ "error": "the ships were not asked yet" }) }
}

/// The ships of the environment, as far as they are known without a question of its own.
pub(super) fn ships(session: &Session, fleet: &Fleet, lost: &[Option<jiff::Timestamp>]) -> Vec<Value> {
    let ships = session.environment.ships.iter().enumerate().map(|(at, ship)| {
        json!({
            "ship": ship.name,
            "endpoint": ship.endpoint.to_string(),
            "reachable": fleet.observed.ships.get(at).is_some_and(|state| {
                matches!(state, maestro_core::observed::ShipState::Answering(_))
            }),
            "lost": lost.get(at).copied().flatten().map(|time| time.to_string()),
        })
    });
    ships.collect()
}

/// JSON in one line without characters that could steer anything.
pub(super) fn line(value: &Value) -> String {
    json_lines::line(value).unwrap_or_default()
}
