//! `plan`: what `apply` would do, as text with causes. Sends nothing but questions.

use super::apply;
use crate::cli::{
    args::{ApplyArgs, PlanArgs},
    dry_run::Shown,
    error::{End, Problem},
    fresh::Fresh,
    lease,
    preflight::look,
    saved::PlanFile,
    session::Session,
    typed,
};
use maestro_core::plan::saved::{Asked, Saved};
use maestro_report::{explain::engine as explain, plan as report, problem::CommandProblem};
use maestro_run::preflight::has_errors;

/// Options of `plan` that `apply` does not have.
const PLAN_ALONE: &[&str] = &["--steps", "--detailed-exitcode"];

pub(in crate::cli) async fn run(session: &Session, args: &PlanArgs) -> Result<End, Problem> {
    let apply = &args.apply;
    let options = apply::options(apply);
    let target = args.out.as_deref().map(PlanFile::at).transpose()?;
    let mut planned = apply::Planned::of(session, &apply.things, options, apply::first(apply)).await?;
    if !planned.expected.is_empty() && target.is_some() {
        return Err(unbuilt(&session.invocation));
    }
    let mut fresh = Fresh::default();
    if apply.pull {
        (planned, fresh) = planned.with_fresh_images(session, options, &apply::scope(&apply.things)?).await;
    }
    if target.is_some() {
        planned.fleet.identify().await;
    }
    let plan = &planned.plan;
    let found =
        if apply.preflight.no_preflight { Vec::new() } else { look(session, &planned.fleet, plan).await };
    let environment = &session.environment;
    let hint = if args.out.is_some() { String::new() } else { hint(&session.invocation, args.steps) };
    let shown = Shown { plan, environment, found: &found, steps: args.steps, hint: &hint };
    let text = shown.text(session)?;
    let saved = match target {
        Some(target) => {
            let asked = asked(apply, &planned, session);
            let told = session.hidden(report::json(plan, environment, &session.sources));
            let saved = Saved::of(environment, &planned.fleet.observed, asked, told, &explain::ship);
            Some(target.write(session, &saved)?)
        }
        None => None,
    };
    planned.tell(session)?;
    let asked_end = fresh.tell(session)?;
    lease::tell_holders(session, &planned.fleet).await?;
    session.print(&text)?;
    session.notes(saved.as_slice())?;
    let pending = args.detailed_exitcode && (plan.changes() || plan.has_waiting());
    let end = if pending { End::Pending } else { End::Done };
    let refused = if has_errors(&found) { End::Refused } else { End::Done };
    Ok(end.worse(planned.end()).worse(refused).worse(asked_end))
}

/// Refuses to save a plan whose images are not known yet: nothing could tell whether it still holds.
fn unbuilt(invocation: &str) -> Problem {
    let problem = CommandProblem::new("the plan cannot be saved: images are to be built first")
        .help(format!("run `{invocation} build`, then save the plan"));
    Problem::ended(problem, End::Refused)
}

/// What to type next.
fn hint(invocation: &str, steps: bool) -> String {
    let typed = typed::typed();
    let shows = if steps { "" } else { "; `--steps` shows each step" };
    match as_apply(&typed, invocation) {
        Some(apply) => format!("`{apply}` does this{shows}."),
        None => format!("`{invocation} apply` with the same names and options does this{shows}."),
    }
}

/// What was typed, with `apply` in place of `plan`.
fn as_apply(typed: &str, invocation: &str) -> Option<String> {
    let rest = typed.strip_prefix(invocation)?.strip_prefix(" plan")?;
    let words = rest.split_inclusive(' ').filter(|word| !PLAN_ALONE.contains(&word.trim()));
    let rest: String = words.collect();
    Some(format!("{invocation} apply{}", rest.trim_end()))
}

/// What was asked for, so that it can be asked for again.
fn asked(args: &ApplyArgs, planned: &apply::Planned, session: &Session) -> Asked {
    let ApplyArgs { things, adopt, prune, new, peers, continues, .. } = args;
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
        continues: *continues,
        moves: new.moves,
        skip_unreachable: new.skip_unreachable,
        detach: new.detach,
        instances: names.collect(),
    }
}
