//! `deptree`: what requires what. Contacts nothing.

use std::collections::BTreeSet;

use crate::cli::{
    args::{DeptreeArgs, Output},
    error::{End, Problem},
    session::Session,
};
use maestro_core::model::ServiceId;
use maestro_report::{deptree, json};

pub(in crate::cli) fn run(session: &Session, args: &DeptreeArgs) -> Result<End, Problem> {
    let environment = &session.environment;
    let selected = session.select_named(&args.things)?;
    let services: BTreeSet<ServiceId> = selected.iter().map(|&id| environment.instance(id).service).collect();
    let services: Vec<ServiceId> = services.into_iter().collect();
    let text = match session.output {
        Output::Text | Output::Markdown => deptree::text(environment, &services, args.recursive),
        Output::Json => json::pretty(&session.hidden(deptree::json(environment, &services)))?,
    };
    if text.is_empty() {
        session.has_nothing()?;
        return Ok(End::Done);
    }
    session.print(&text)?;
    Ok(End::Done)
}
