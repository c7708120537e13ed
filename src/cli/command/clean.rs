//! `clean`: removes stopped containers, and the network when nothing is left on it.

use crate::{
    cli::{
        args::CleanArgs,
        carry_out::carry_out,
        error::{End, Problem},
        fleet::Fleet,
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    plan::tidy::plan_clean,
};

pub(in crate::cli) async fn run(session: &Session, args: &CleanArgs) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let question = Question { networks: true, identity: true, ..Question::default() };
    let fleet = Fleet::muster(session, &selected, question).await?;
    let plan = plan_clean(&session.environment, &fleet.observed, &selected, args.adopt.adopt);
    carry_out(session, fleet, &selected, plan, args.things.concurrency).await
}
