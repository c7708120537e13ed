//! `pull`: fetches the instances' images.

use crate::{
    cli::{
        args::PullArgs,
        carry_out::carry_out,
        error::{End, Problem},
        fleet::Fleet,
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    plan::tidy::plan_pull,
};

pub(in crate::cli) async fn run(session: &Session, args: &PullArgs) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let question = Question { identity: true, ..Question::default() };
    let fleet = Fleet::muster(session, &selected, question).await?;
    let plan = plan_pull(&session.environment, &fleet.observed, &selected);
    carry_out(session, fleet, &selected, plan, args.things.concurrency).await
}
