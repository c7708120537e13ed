//! `clean`: removes stopped containers, the network when nothing is left on it, and leases that killed runs have left.

use crate::{
    cli::{
        args::{CleanArgs, LeaseArgs},
        change::{Change, change},
        error::{End, Problem},
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    plan::tidy::plan_clean,
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &CleanArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let question = Question { networks: true, identity: true, ..Question::default() };
    let asked = Change::new(session, &selected, question, &args.things, lease);
    change(asked.with_leftovers(), &|observed| {
        plan_clean(&session.environment, observed, &selected, args.adopt.adopt)
    })
    .await
}
