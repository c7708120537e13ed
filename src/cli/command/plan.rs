//! `plan`: what `apply` would do, as text with causes. Sends nothing but questions.

use super::apply;
use crate::cli::{
    args::{ApplyArgs, Output, PlanArgs},
    error::{End, Problem},
    lease,
    preflight::{has_errors, look},
    saved::PlanFile,
    session::Session,
};
use maestro_core::plan::saved::{Asked, Saved};
use maestro_report::{
    explain::engine as explain,
    json, plan as report,
    preflight::{self, CommandOutcome, Occasion},
};

pub(in crate::cli) async fn run(session: &Session, args: &PlanArgs) -> Result<End, Problem> {
    let apply = &args.apply;
    let options = apply::options(apply);
    let target = args.out.as_deref().map(PlanFile::at).transpose()?;
    let mut planned = apply::Planned::of(session, &apply.things, options).await?;
    if target.is_some() {
        planned.fleet.identify().await;
    }
    let plan = &planned.plan;
    let found =
        if apply.preflight.no_preflight { Vec::new() } else { look(session, &planned.fleet, plan).await };
    let (environment, sources) = (&session.environment, &session.sources);
    let told = session.hidden(report::json(plan, environment, sources));
    let text = match session.output {
        Output::Json => {
            let mut value = told.clone();
            value["findings"] = preflight::json(&found, environment, sources).into();
            json::pretty(&session.hidden(value))?
        }
        Output::Text => {
            let of = Occasion {
                invocation: &session.invocation,
                command: plan.command,
                outcome: CommandOutcome::Planned,
            };
            let found = preflight::text(&found, environment, sources, of, session.colour);
            let between = if found.is_empty() { "" } else { "\n" };
            report::text(plan, environment, sources) + between + &found
        }
    };
    let saved = match target {
        Some(target) => {
            let asked = asked(apply, &planned, session);
            let saved = Saved::of(&session.environment, &planned.fleet.observed, asked, told, &explain::ship);
            Some(target.write(session, &saved)?)
        }
        None => None,
    };
    planned.tell(session)?;
    lease::tell_holders(session, &planned.fleet).await?;
    session.print(&text)?;
    session.notes(saved.as_slice())?;
    let pending = args.detailed_exitcode && plan.steps.iter().any(|step| step.action.changes());
    let end = if pending { End::Pending } else { End::Done };
    let refused = if has_errors(&found) { End::Refused } else { End::Done };
    Ok(end.worse(planned.end()).worse(refused))
}

/// What was asked for, so that it can be asked for again.
fn asked(args: &ApplyArgs, planned: &apply::Planned, session: &Session) -> Asked {
    let ApplyArgs { things, adopt, prune, new, peers, .. } = args;
    let names = planned.selected.iter().map(|&id| session.environment.instance(id).name.clone());
    Asked {
        things: things.things.clone(),
        container_filter: things.container_filter.clone(),
        ship_filter: things.ship_filter.clone(),
        with_dependencies: things.with_dependencies,
        ignore_dependencies: things.ignore_dependencies,
        prune: *prune,
        adopt: adopt.adopt,
        renew_volumes: new.renew_anonymous_volumes,
        peers: *peers,
        moves: new.moves,
        detach: new.detach,
        instances: names.collect(),
    }
}
