//! `stop` and `kill`: bring down what runs.

use crate::{
    cli::{
        args::StopArgs,
        carry_out::carry_out,
        error::{End, Problem},
        fleet::Fleet,
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    plan::stop::{How, StopOptions, plan},
};

pub(in crate::cli) async fn run(session: &Session, args: &StopArgs, how: How) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::DependantsFirst)?;
    let question = Question { identity: true, ..Question::default() };
    let fleet = Fleet::muster(session, &selected, question).await?;
    let options =
        StopOptions { how, adopt: args.adopt.adopt, ignore_dependencies: args.things.ignore_dependencies };
    let plan = plan(&session.environment, &fleet.observed, &selected, options);
    carry_out(session, fleet, &selected, plan, args.things.concurrency).await
}
