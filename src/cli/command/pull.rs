//! `pull`: fetches the instances' images.

use std::sync::Arc;

use crate::cli::{
    args::{LeaseArgs, PullArgs},
    change::{ChangeCommand, change},
    error::{End, Problem},
    session::Session,
};
use maestro_core::{model::graph::Direction, plan::tidy::plan_pull};
use maestro_engine::observe::Question;

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &PullArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let question = Question { identity: true, ..Question::default() };
    let (environment, planned) = (Arc::clone(&session.environment), selected.clone());
    change(ChangeCommand::new(session, &selected, question, &args.things, lease), move |observed| {
        plan_pull(&environment, observed, &planned)
    })
    .await
}
