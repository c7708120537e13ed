//! `plan`: what `apply` would do, as text with causes. Sends nothing but questions.

use super::apply;
use crate::{
    cli::{
        args::{Output, PlanArgs},
        error::{End, Problem},
        session::Session,
    },
    report::{json, plan as report},
};

pub(in crate::cli) async fn run(session: &Session, args: &PlanArgs) -> Result<End, Problem> {
    let apply = &args.apply;
    let options = apply::options(&apply.things, apply.prune, apply.adopt.adopt);
    let planned = apply::Planned::of(session, &apply.things, options).await?;
    let plan = &planned.plan;
    let text = match session.output {
        Output::Json => json::pretty(&report::json(plan, &session.environment, &session.sources))?,
        Output::Text => report::text(plan, &session.environment, &session.sources),
    };
    session.notes(&planned.fleet.remarks)?;
    Session::print(&text)?;
    let pending = args.detailed_exitcode && plan.steps.iter().any(|step| step.action.changes());
    let end = if pending { End::Pending } else { End::Done };
    Ok(end.worse(planned.end()))
}
