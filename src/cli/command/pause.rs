//! `pause` and `unpause`: freeze the processes of instances, and let them go on.

use std::sync::Arc;

use crate::cli::{
    args::{LeaseArgs, PauseArgs},
    change::{ChangeCommand, change},
    error::{End, Problem},
    session::Session,
};
use maestro_core::{
    model::graph::Direction,
    plan::pause::{PauseMethod, plan},
};
use maestro_engine::observe::Question;

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &PauseArgs,
    lease: &LeaseArgs,
    method: PauseMethod,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::DependantsFirst)?;
    let question = Question { identity: true, ..Question::default() };
    let (environment, planned) = (Arc::clone(&session.environment), selected.clone());
    change(ChangeCommand::new(session, &selected, question, &args.things, lease), move |observed| {
        plan(&environment, observed, &planned, method)
    })
    .await
}
