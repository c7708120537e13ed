//! `why`: in what state an instance is and why, and what `apply` would do with it. Sends nothing but questions.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{StreamExt as _, future::join_all};

use super::{
    apply,
    status::look::{Depth, look},
};
use crate::cli::{
    args::{Output, Things, WhyArgs},
    building::First,
    error::{End, Problem},
    lease,
    session::Session,
};
use maestro_core::{
    model::{InstanceId, check::secrets_of, filter::StateWord},
    observed::InstanceState,
    plan::orphan_scope::OrphanScope,
};
use maestro_engine::{Engine, LogOptions};
use maestro_report::{
    json, plan as report,
    status::{EntrySubject, Status, status_json},
    why::{self, Logs},
};

/// How many lines of a log are shown.
const LINES: usize = 5;
/// How long an engine may take to hand out a log's last lines. Some log drivers cannot.
const PATIENCE: Duration = Duration::from_secs(5);

pub(in crate::cli) async fn run(session: &Session, args: &WhyArgs) -> Result<End, Problem> {
    let asked = session.select_named(std::slice::from_ref(&args.instance))?;
    // Of all: what is done with one may be because of another.
    let things = Things::default();
    let mut planned =
        apply::Planned::of(session, &things, apply::looking(&things), Some(First::Changed)).await?;
    if !asked.is_subset(&planned.selected) {
        planned = apply::Planned::of_instances(
            session,
            asked.clone(),
            apply::looking(&things),
            Some(First::Changed),
            &OrphanScope::default(),
        )
        .await?;
    }
    let apply::Planned { plan, fleet, .. } = &planned;
    let environment = &session.environment;
    let ids: Vec<InstanceId> = asked.iter().copied().collect();
    let findings = look(session, fleet, &ids, Depth::Whole).await;
    let status = Status::of(environment, &fleet.observed, &ids, &[], &findings);
    let logs = logs(session, &planned, &status).await;
    let text = match session.output {
        Output::Json => {
            let mut value = report::json_of(plan, environment, &asked, &session.sources);
            let now = status_json(environment, &fleet.observed, &status, &[], &findings);
            value["state"] = why::json(environment, &now, &findings, &logs);
            json::pretty(&session.hidden(value))?
        }
        Output::Text | Output::Markdown => {
            let now = why::text(environment, &status, &findings, &logs, &session.invocation);
            format!("{now}\n{}", report::text_of(plan, environment, &asked, &session.sources))
        }
    };
    planned.tell(session)?;
    lease::tell_holders(session, &planned.fleet).await?;
    session.print(&text)?;
    Ok(planned.end())
}

/// The last lines that instances have written which are not ready.
pub(super) async fn logs(session: &Session, planned: &apply::Planned, status: &Status) -> Logs {
    let environment = &session.environment;
    let fleet = &planned.fleet;
    let observed = fleet.observed.by_label(environment);
    let not_ready: BTreeSet<InstanceId> = status
        .entries
        .iter()
        .filter(|entry| !entry.states.contains(&StateWord::Ready))
        .filter_map(|entry| match entry.subject {
            EntrySubject::Instance(id) => Some(id),
            EntrySubject::Orphan(_) => None,
        })
        .collect();
    let reads = not_ready.into_iter().filter_map(|id| {
        let InstanceState::Ours(container) = observed.instance(environment, id) else { return None };
        let engine = fleet.engines[environment.instance(id).ship.0].as_deref()?;
        Some(async move {
            // A log that cannot be read is left out: `logs` says why.
            let lines = tokio::time::timeout(PATIENCE, tail(engine, &container.id)).await.unwrap_or_default();
            let secrets = secrets_of(&environment.instance(id).container.env);
            (id, lines.iter().map(|line| secrets.hide(line).into_owned()).collect())
        })
    });
    join_all(reads).await.into_iter().collect()
}

async fn tail(engine: &dyn Engine, container: &str) -> Vec<String> {
    let options = LogOptions { tail: Some(LINES), ..LogOptions::default() };
    let Ok(mut stream) = engine.logs(container, options).await else { return Vec::new() };
    let mut lines = Vec::new();
    while let Some(Ok(line)) = stream.next().await {
        lines.push(line.text);
    }
    lines
}
