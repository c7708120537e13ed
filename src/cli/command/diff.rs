//! `diff`: what differs between the file and what runs. Sends nothing but questions.

use super::apply;
use crate::cli::{
    args::{DiffArgs, Output},
    building::First,
    error::{End, Problem},
    lease,
    session::Session,
};
use maestro_report::{drift, json};

pub(in crate::cli) async fn run(session: &Session, args: &DiffArgs) -> Result<End, Problem> {
    let planned =
        apply::Planned::of(session, &args.things, apply::looking(&args.things), Some(First::Changed)).await?;
    let apply::Planned { fleet, selected, plan, expected: _ } = &planned;
    let environment = &session.environment;
    let observed = fleet.observed.by_label(environment);
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(drift::json(
            plan,
            environment,
            &observed,
            selected,
            &session.sources,
        )))?,
        Output::Text | Output::Markdown => {
            drift::text(plan, environment, &observed, selected, &session.sources)
        }
    };
    planned.tell(session)?;
    lease::tell_holders(session, fleet).await?;
    session.print(&text)?;
    Ok(planned.end())
}
