//! `inspect`: what runs of instances, beside what is declared.

use super::{
    images,
    status::look::{Depth, look},
};
use crate::cli::{
    args::{InspectArgs, Output},
    containers::{Found, Looked},
    error::{End, Problem},
    session::Session,
};
use maestro_core::model::InstanceId;
use maestro_engine::observe::Question;
use maestro_report::{inspect::InstanceInspection, json};

pub(in crate::cli) async fn run(session: &Session, args: &InspectArgs) -> Result<End, Problem> {
    let question = Question { compared: true, images: true, files: true, ..Question::default() };
    let looked = Looked::at(session, &args.things, question).await?;
    let end = looked.tell_missing(session, true)?;
    session.ship_notes(&looked.fleet.told())?;
    let ids: Vec<InstanceId> = looked.instances.iter().copied().collect();
    let mut findings = look(session, &looked.fleet, &ids, Depth::Whole).await;
    let found = looked.containers(session);
    let rows = images::rows(session, &looked).await;
    let mut inspections = Vec::new();
    for (found, image) in found.iter().zip(rows) {
        let Some(instance) = found.instance else {
            session.note(&format!("{} is an orphan: the file does not declare it", found.name(session)))?;
            continue;
        };
        inspections.push(InstanceInspection {
            environment: &session.environment,
            instance,
            container: &found.container,
            details: findings.remove(&instance).unwrap_or_default(),
            image,
            document: document(session, &looked, found).await,
        });
    }
    let text = match session.output {
        Output::Json => {
            let each: Vec<_> = inspections.iter().map(InstanceInspection::json).collect();
            let environment = &session.environment.name;
            let all = serde_json::json!({ "version": 1, "environment": environment, "instances": each });
            json::pretty(&session.hidden(all))?
        }
        Output::Text | Output::Markdown => {
            let columns = session.columns();
            let each = inspections.iter().map(|one| one.text(&session.invocation, columns));
            each.collect::<Vec<_>>().join("\n")
        }
    };
    if !text.is_empty() {
        session.print(&text)?;
    }
    Ok(end)
}

/// All that the engine says of a container, which only programs are told.
async fn document(session: &Session, looked: &Looked, found: &Found) -> Option<serde_json::Value> {
    if session.output != Output::Json {
        return None;
    }
    let engine = looked.fleet.engines[found.ship.0].as_ref()?;
    engine.document(&found.container.id).await.ok().flatten()
}
