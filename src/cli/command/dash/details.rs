//! One instance: why it is in its state, what runs beside what is declared, and what `apply` would do with it.

use std::sync::Arc;

use super::shared::{Dash, lines, lines_of, selected};
use crate::cli::{
    args::InspectArgs,
    command::{
        apply, inspect,
        status::look::{Depth, look},
        why,
    },
    error::Problem,
    session::Session,
};
use maestro_core::{
    model::InstanceId,
    plan::{apply::ApplyOptions, orphan_scope::OrphanScope},
};
use maestro_dash::DashMessage;
use maestro_report::{plan as report, status::Status, why as why_report};

/// Tells the dashboard about an instance.
pub(super) async fn show(dash: Arc<Dash>, name: String, columns: usize) {
    let session = dash.source.session();
    dash.ways.lend_all(&session, true);
    let lines = match text(&session, &name, columns).await {
        Ok(text) => lines(&session, &text),
        Err(problem) => lines_of(&session, problem),
    };
    dash.tell(DashMessage::Inspected(name, lines)).await;
}

async fn text(session: &Session, name: &str, columns: usize) -> Result<String, Problem> {
    let environment = &session.environment;
    let (asked, scope) = (selected(session, name), OrphanScope::default());
    let planned =
        apply::Planned::of_instances(session, asked.clone(), ApplyOptions::default(), None, &scope).await?;
    let ids: Vec<InstanceId> = asked.iter().copied().collect();
    let findings = look(session, &planned.fleet, &ids, Depth::Whole).await;
    let status = Status::of(environment, &planned.fleet.observed, &ids, &[], &findings);
    let logs = why::logs(session, &planned, &status).await;
    let state = why_report::text(environment, &status, &findings, &logs, &session.invocation);
    let plan = report::text_of(&planned.plan, environment, &asked, &session.sources);
    let things = vec![format!("instance/{name}")];
    let inspected = inspect::text_of(session, &InspectArgs { things }, Some(columns)).await?;
    Ok([state, plan, inspected].join("\n"))
}
