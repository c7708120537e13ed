//! Logs and engine events as streams, in the form that `logs` and `events` print with `--output json`.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::{
    documents::{line, named},
    past_events::PAST,
};
use crate::cli::{command::events::entry, fleet::Fleet, session::Session};
use maestro_core::{model::selection::typed_name, observed::InstanceState, plan::moves::on_old_ship};
use maestro_report::{
    explain::engine as explain,
    logs::{self as report, LogEntry, LogName, object},
};
use maestro_run::operations::{
    happenings::{HappeningUpdate, HappeningsRange, follow},
    logs::{LogRange, LogSource, LogUpdate, LogsRequest, MergedLogs, Moment},
};
use maestro_web::{PageMessage, PageMessages, PageRefusal};

/// Lines of a log that are shown first.
const FIRST_LINES: usize = 1000;

/// The log of an instance: its last lines, and what it writes.
pub(super) fn log(session: &Arc<Session>, fleet: &Fleet, name: &str) -> Result<PageMessages, PageRefusal> {
    let id = named(session, name)?;
    let environment = Arc::clone(&session.environment);
    let instance = environment.instance(id);
    let observed = fleet.observed.by_label(&environment);
    let (ship, container) = match on_old_ship(&environment, &observed).get(&id) {
        Some(old) => (old.ship, Some(old.container.id.clone())),
        None => match observed.instance(&environment, id) {
            InstanceState::Ours(container) => (instance.ship, Some(container.id.clone())),
            InstanceState::Absent
            | InstanceState::Unmanaged(_)
            | InstanceState::Unreachable { .. }
            | InstanceState::Unknown => (instance.ship, None),
        },
    };
    drop(observed);
    let told = LogName {
        instance: instance.name.clone(),
        typed: typed_name(&environment, id),
        service: Some(environment.service(instance.service).name.clone()),
        ship: environment.ship(ship).name.clone(),
    };
    let lines = MergedLogs::read(LogsRequest {
        environment: environment.name.clone(),
        sources: vec![LogSource { ship, container, instance: Some(instance.name.clone()) }],
        engines: fleet.engines.clone(),
        range: LogRange { follow: true, tail: Some(FIRST_LINES), since: None, until: None },
    });
    let messages =
        stream::unfold((lines, Arc::clone(session), told), |(mut lines, session, told)| async move {
            let update = lines.next().await?;
            let message = log_message(&session, &told, update);
            Some((message, (lines, session, told)))
        });
    Ok(messages.boxed())
}

fn log_message(session: &Session, name: &LogName, update: LogUpdate) -> PageMessage {
    let environment = &session.environment;
    let note = match update {
        LogUpdate::Line { line, .. } => {
            let entry =
                LogEntry { time: line.time, stderr: line.stderr, text: &line.text, goes_on: line.goes_on };
            // A line that has no JSON form cannot be.
            return PageMessage { event: "line", data: object(name, &entry).unwrap_or_default() };
        }
        LogUpdate::Failed { has_begun, error, .. } => {
            report::failed(name, has_begun, &explain::sentence(error.fault()))
        }
        LogUpdate::NoConnection { limit, .. } => report::not_followed(name, limit),
        LogUpdate::Lost { ship, reason } => report::lost(&environment.ship(ship).name, &reason),
        LogUpdate::Back { ship } => report::back(&environment.ship(ship).name),
    };
    PageMessage { event: "note", data: line(&json!({ "text": session.known().hide(&note) })) }
}

/// What happened on the engines lately, and what happens.
pub(super) fn events(session: Arc<Session>, fleet: &Fleet) -> PageMessages {
    let range = HappeningsRange { since: Some(Moment::Ago(PAST)), until: None };
    let updates = follow(&session.environment, &fleet.observed, &fleet.engines, range);
    updates
        .map(move |(ship, update)| {
            let name = &session.environment.ship(ship).name;
            match update {
                HappeningUpdate::Happened { happening, instance } => {
                    let told = entry(&session, ship, happening, instance).json();
                    PageMessage { event: "event", data: line(&session.hidden(told)) }
                }
                HappeningUpdate::Lost(reason) => {
                    let text = maestro_report::events::lost(name, &reason);
                    PageMessage { event: "note", data: line(&json!({ "text": text, "ship": name })) }
                }
                HappeningUpdate::Back => PageMessage {
                    event: "note",
                    data: line(&json!({ "text": report::back(name), "ship": name })),
                },
            }
        })
        .boxed()
}
