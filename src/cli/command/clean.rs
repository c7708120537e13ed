//! `clean`: removes stopped containers, the network and the generations when nothing is left, and leases that killed runs have left.

use crate::{
    cli::{
        args::{CleanArgs, LeaseArgs},
        change::{Change, change},
        error::{End, Problem},
        session::Session,
    },
    engine::observe::Question,
    model::graph::Direction,
    plan::{generation::forgotten, tidy::plan_clean},
};

pub(in crate::cli) async fn run(
    session: &Session,
    args: &CleanArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let question = Question { networks: true, identity: true, generations: true, ..Question::default() };
    let asked = Change::new(session, &selected, question, &args.things, lease);
    change(asked, &|observed| {
        let plan = plan_clean(&session.environment, observed, &selected, args.adopt.adopt);
        forgotten(plan, &session.environment, observed)
    })
    .await
}
