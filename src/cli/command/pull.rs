//! `pull`: fetches the instances' images.

use std::{collections::BTreeSet, sync::Arc};

use crate::cli::{
    args::{LeaseArgs, PullArgs, Things},
    change::{ChangeCommand, change},
    error::{End, Problem},
    session::Session,
};
use maestro_core::{
    model::{InstanceId, graph::Direction},
    plan::tidy::plan_pull,
};
use maestro_engine::observe::Question;

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &PullArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    fetch(session, &selected, &args.things, lease).await
}

/// Fetches the images of these instances.
pub(in crate::cli) async fn fetch(
    session: &Arc<Session>,
    selected: &BTreeSet<InstanceId>,
    things: &Things,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let question = Question { identity: true, ..Question::default() };
    let (environment, planned) = (Arc::clone(&session.environment), selected.clone());
    change(ChangeCommand::new(session, selected, question, things, lease), move |observed| {
        plan_pull(&environment, observed, &planned)
    })
    .await
}
