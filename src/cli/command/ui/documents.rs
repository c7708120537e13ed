//! Documents that the page reads once. They are those of the commands, as `docs/json.md` has them.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::cli::{
    args::{InspectArgs, Things},
    command::{apply, history, inspect, stats},
    error::{End, Problem},
    fleet::Fleet,
    session::Session,
};
use maestro_core::{
    model::InstanceId,
    observed::usage::BETWEEN_COUNTS,
    plan::{apply::ApplyOptions, orphan_scope::OrphanScope, revision::history::history as revisions_of},
};
use maestro_report::{
    drift,
    graph::{self as graph_report, GraphNodes, ShipGraph},
    history as report, json as json_lines, stats as stats_report,
};
use maestro_run::operations::stats::Stats;
use maestro_web::{PageNodes, PageRefusal};

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
    let inspected =
        inspect::documents_of(session, &args).await.map_err(|problem| refusal(session, problem))?;
    Ok(session.hidden(json!({
        "version": 1,
        "diff": diff["instances"][0],
        "inspect": inspected.into_iter().next(),
    })))
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

/// What containers use: counted twice, since the use of processors is a difference.
pub(super) async fn stats(session: &Session) -> Result<Value, PageRefusal> {
    let looked = stats::looked(session, &Things::default().things).await;
    let looked = looked.map_err(|problem| refusal(session, problem))?;
    let mut counted = Stats::new(looked.fleet.engines.clone());
    stats::rows(session, &looked, &mut counted).await;
    sleep(BETWEEN_COUNTS.max(Duration::from_millis(500))).await;
    let rows = stats::rows(session, &looked, &mut counted).await;
    Ok(session.hidden(stats_report::json(&session.environment.name, &rows)))
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
