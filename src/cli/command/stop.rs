//! `stop` and `kill`: bring down what runs.

use crate::{
    cli::{
        args::{LeaseArgs, StopArgs},
        change::{Change, change},
        error::{End, Problem},
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    plan::stop::{How, StopOptions, plan},
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &StopArgs,
    lease: &LeaseArgs,
    how: How,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::DependantsFirst)?;
    let question = Question { identity: true, ..Question::default() };
    let options =
        StopOptions { how, adopt: args.adopt.adopt, ignore_dependencies: args.things.ignore_dependencies };
    let asked = Change::new(session, &selected, question, &args.things, lease);
    // To kill a container ends a stop of it that is under way.
    change(asked.impatient(how == How::Kill), &|observed| {
        plan(&session.environment, observed, &selected, options)
    })
    .await
}
