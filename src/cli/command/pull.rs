//! `pull`: fetches the instances' images.

use crate::{
    cli::{
        args::{LeaseArgs, PullArgs},
        change::{Change, change},
        error::{End, Problem},
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    plan::tidy::plan_pull,
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &PullArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let question = Question { identity: true, ..Question::default() };
    change(Change::new(session, &selected, question, &args.things, lease), &|observed| {
        plan_pull(&session.environment, observed, &selected)
    })
    .await
}
