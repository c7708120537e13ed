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
use maestro_engine::{Inspection, observe::Question};
use maestro_report::{inspect::InstanceInspection, json};
use maestro_run::operations::each::ask_each;

pub(in crate::cli) async fn run(session: &Session, args: &InspectArgs) -> Result<End, Problem> {
    let looked = looked(session, args).await?;
    let end = looked.tell_missing(session, true)?;
    session.ship_notes(&looked.fleet.told())?;
    let ids: Vec<InstanceId> = looked.instances.iter().copied().collect();
    let mut findings = look(session, &looked.fleet, &ids, Depth::Whole).await;
    let found = looked.containers(session);
    let rows = images::rows(session, &looked).await;
    let documents = documents(session, &looked, &found).await;
    let mut inspections = Vec::new();
    for ((found, image), document) in found.iter().zip(rows).zip(documents) {
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
            document,
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

/// Each in the form that is asked for, without the engine's own document.
pub(super) async fn inspected<T>(
    session: &Session,
    args: &InspectArgs,
    form: impl Fn(&InstanceInspection<'_>) -> T,
) -> Result<Vec<T>, Problem> {
    let looked = looked(session, args).await?;
    let ids: Vec<InstanceId> = looked.instances.iter().copied().collect();
    let mut findings = look(session, &looked.fleet, &ids, Depth::Whole).await;
    let rows = images::rows(session, &looked).await;
    let each = looked.containers(session).into_iter().zip(rows).filter_map(|(found, image)| {
        let instance = found.instance?;
        let inspection = InstanceInspection {
            environment: &session.environment,
            instance,
            container: &found.container,
            details: findings.remove(&instance).unwrap_or_default(),
            image,
            document: None,
        };
        Some(form(&inspection))
    });
    Ok(each.collect())
}

/// What is told to people of each.
pub(super) async fn text_of(
    session: &Session,
    args: &InspectArgs,
    columns: Option<usize>,
) -> Result<String, Problem> {
    let each = inspected(session, args, |inspection| inspection.text(&session.invocation, columns)).await?;
    Ok(each.join("\n"))
}

async fn looked(session: &Session, args: &InspectArgs) -> Result<Looked, Problem> {
    let question = Question { compared: true, images: true, files: true, ..Question::default() };
    Looked::at(session, &args.things, question).await
}

/// All that engines say of each container, which only programs are told.
async fn documents(session: &Session, looked: &Looked, found: &[Found]) -> Vec<Option<serde_json::Value>> {
    if session.output != Output::Json {
        return vec![None; found.len()];
    }
    let asked = found.iter().map(|found| (found.ship, found.container.id.as_str()));
    let told = ask_each(&looked.fleet.engines, asked, Inspection::document).await;
    told.into_iter().map(|document| document?.ok().flatten()).collect()
}
