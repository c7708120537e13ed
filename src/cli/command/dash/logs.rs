//! The log of an instance, followed for the dashboard.

use std::sync::Arc;

use futures_util::FutureExt as _;

use super::shared::Dash;
use crate::cli::session::Session;
use maestro_core::{model::selection::typed_name, plan::Orphan};
use maestro_dash::{DashMessage, LogText};
use maestro_report::{
    explain::engine as explain,
    logs::{self as report, LogName},
};
use maestro_run::operations::logs::{LogRange, LogSource, LogUpdate, LogsRequest, MergedLogs};

/// Lines that are shown first.
const FIRST_LINES: usize = 1000;
/// How many lines are told at once.
const AT_ONCE: usize = 500;

/// Tells the dashboard what an instance has written and writes, until this is given up.
pub(super) async fn follow(dash: Arc<Dash>, name: String) {
    let session = dash.source.session();
    let (looked, found) = dash.containers(&session, std::slice::from_ref(&name)).await;
    let container = found.first();
    let environment = &session.environment;
    let Some((log_name, source)) = (match (looked.instances.first(), looked.orphans.first()) {
        (Some(&id), _) => {
            let instance = environment.instance(id);
            let ship = container.map_or(instance.ship, |found| found.ship);
            let log_name = LogName {
                instance: instance.name.clone(),
                typed: typed_name(environment, id),
                service: Some(environment.service(instance.service).name.clone()),
                ship: environment.ship(ship).name.clone(),
            };
            let container = container.map(|found| found.container.id.clone());
            Some((log_name, LogSource { ship, container, instance: Some(instance.name.clone()) }))
        }
        (None, Some(orphan)) => Some(of_orphan(&session, orphan)),
        (None, None) => None,
    }) else {
        return;
    };
    // What becomes of other ships is not told here.
    let engines = looked.fleet.engines.into_iter().enumerate();
    let engines = engines.map(|(at, engine)| engine.filter(|_| at == source.ship.0)).collect();
    let mut lines = MergedLogs::read(LogsRequest {
        environment: environment.name.clone(),
        sources: vec![source],
        engines,
        range: LogRange { follow: true, tail: Some(FIRST_LINES), since: None, until: None },
    });
    while let Some(first) = lines.next().await {
        let mut pieces = vec![piece(&session, &log_name, first)];
        while pieces.len() < AT_ONCE
            && let Some(Some(next)) = lines.next().now_or_never()
        {
            pieces.push(piece(&session, &log_name, next));
        }
        dash.tell(DashMessage::Logged(name.clone(), pieces)).await;
    }
}

fn of_orphan(session: &Session, orphan: &Orphan) -> (LogName, LogSource) {
    let log_name = LogName {
        instance: orphan.container.clone(),
        typed: orphan.container.clone(),
        service: None,
        ship: session.environment.ship(orphan.ship).name.clone(),
    };
    (log_name, LogSource { ship: orphan.ship, container: Some(orphan.id.clone()), instance: None })
}

fn piece(session: &Session, name: &LogName, update: LogUpdate) -> LogText {
    let environment = &session.environment;
    let note = match update {
        LogUpdate::Line { line, .. } => {
            return LogText { text: line.text, goes_on: line.goes_on, is_note: false };
        }
        LogUpdate::Failed { has_begun, error, .. } => {
            report::failed(name, has_begun, &explain::sentence(error.fault()))
        }
        LogUpdate::NoConnection { limit, .. } => report::not_followed(name, limit),
        LogUpdate::Lost { ship, reason } => report::lost(&environment.ship(ship).name, &reason),
        LogUpdate::Back { ship } => report::back(&environment.ship(ship).name),
    };
    LogText { text: session.known().hide(&note).into_owned(), goes_on: false, is_note: true }
}
