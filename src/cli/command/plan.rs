//! `plan`: what `apply` would do, as text with causes. Sends nothing but questions.

use super::apply;
use crate::{
    cli::{
        args::{Output, PlanArgs},
        error::{End, Problem},
        preflight::{has_errors, look},
        session::Session,
    },
    report::{
        json, plan as report,
        preflight::{self, Occasion, Outcome},
    },
};

pub(in crate::cli) async fn run(session: &Session, args: &PlanArgs) -> Result<End, Problem> {
    let apply = &args.apply;
    let options = apply::options(&apply.things, apply.prune, apply.adopt.adopt);
    let planned = apply::Planned::of(session, &apply.things, options).await?;
    let plan = &planned.plan;
    let found =
        if apply.preflight.no_preflight { Vec::new() } else { look(session, &planned.fleet, plan).await };
    let (environment, sources) = (&session.environment, &session.sources);
    let text = match session.output {
        Output::Json => {
            let mut value = report::json(plan, environment, sources);
            value["findings"] = preflight::json(&found, environment, sources).into();
            json::pretty(&value)?
        }
        Output::Text => {
            let (invocation, command) = (&session.invocation, &plan.command);
            let of = Occasion { invocation, command, outcome: Outcome::Planned };
            let found = preflight::text(&found, environment, sources, of, session.colour);
            let between = if found.is_empty() { "" } else { "\n" };
            report::text(plan, environment, sources) + between + &found
        }
    };
    session.notes(&planned.fleet.remarks)?;
    Session::print(&text)?;
    let pending = args.detailed_exitcode && plan.steps.iter().any(|step| step.action.changes());
    let end = if pending { End::Pending } else { End::Done };
    let refused = if has_errors(&found) { End::Refused } else { End::Done };
    Ok(end.worse(planned.end()).worse(refused))
}
