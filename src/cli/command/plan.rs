//! `plan`: what `start` would do, as text with causes. Sends nothing but questions.

use super::TO_MAKE;
use crate::{
    cli::{
        args::{Output, StartArgs},
        error::{End, Problem},
        fleet::Fleet,
        session::Session,
    },
    model::graph::Direction,
    plan::{HeldReason, start::plan},
    report::{json, plan as report},
};

pub(in crate::cli) async fn run(session: &Session, args: &StartArgs) -> Result<End, Problem> {
    let selected = session.select(&args.things, Direction::NeedsFirst)?;
    let fleet = Fleet::muster(session, &selected, TO_MAKE).await?;
    let plan = plan(
        &session.environment,
        &fleet.observed,
        &selected,
        args.images.start_options(&args.things, &args.adopt),
    );
    let text = match session.output {
        Output::Json => json::pretty(&report::json(&plan, &session.environment))?,
        Output::Text => report::text(&plan, &session.environment),
    };
    session.notes(&fleet.remarks)?;
    Session::print(&text)?;
    let foreign = plan.held.iter().any(|held| matches!(held.reason, HeldReason::Foreign { .. }));
    Ok(match () {
        () if foreign => End::Refused,
        () if fleet.is_incomplete() => End::Unreachable,
        () => End::Done,
    })
}
