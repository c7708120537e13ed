//! What a command would do, shown in place of doing it.

use super::{
    args::Output,
    error::{End, Problem},
    fleet::Fleet,
    lease,
    preflight::look,
    session::Session,
};
use maestro_core::{event::Finding, model::Environment, plan::Plan};
use maestro_report::{
    json, markdown,
    plan::{self as report, View},
    preflight::{self, CommandOutcome, Occasion},
};
use maestro_run::{operations::Target, preflight::has_errors};

/// A plan that is printed and not carried out.
pub(super) struct Shown<'a> {
    pub plan: &'a Plan,
    pub environment: &'a Environment,
    /// What preflight found.
    pub found: &'a [Finding],
    /// Whether each step is printed.
    pub steps: bool,
    /// What to type next, if there is something to do.
    pub hint: &'a str,
}

impl Shown<'_> {
    fn occasion<'b>(&self, session: &'b Session) -> Occasion<'b> {
        Occasion {
            invocation: &session.invocation,
            command: self.plan.command,
            outcome: CommandOutcome::Planned,
        }
    }

    /// The text, in the format that was asked for.
    pub(super) fn text(&self, session: &Session) -> Result<String, Problem> {
        let Self { plan, environment, found, steps, hint } = *self;
        let sources = &session.sources;
        match session.output {
            Output::Json => {
                let mut value = report::json(plan, environment, sources);
                value["findings"] = preflight::json(found, environment, sources).into();
                Ok(json::pretty(&session.hidden(value))?)
            }
            Output::Markdown => {
                let found = preflight::text(found, environment, sources, self.occasion(session), false);
                Ok(markdown::text(plan, environment, sources, &found))
            }
            Output::Text => {
                let of = self.occasion(session);
                let found = preflight::text(found, environment, sources, of, session.colour);
                let view = View { steps, colour: session.colour };
                let hint = if plan.expected() == 0 { String::new() } else { format!("{hint}\n") };
                let between = if found.is_empty() { "" } else { "\n" };
                Ok(report::text(plan, environment, sources, view) + &hint + between + &found)
            }
        }
    }
}

/// What a command is asked for that is to be shown.
pub(super) struct Asked<'a> {
    pub session: &'a Session,
    pub has_preflight: bool,
    pub steps: bool,
}

/// Prints what a command would do on the ships that were asked.
pub(super) async fn show(
    asked: &Asked<'_>,
    fleet: &Fleet,
    target: Result<Target, Problem>,
) -> Result<End, Problem> {
    let session = asked.session;
    let Target { plan, environment } = target?;
    let environment = environment.as_ref().unwrap_or(&session.environment);
    let found = if asked.has_preflight { look(session, fleet, &plan).await } else { Vec::new() };
    let hint = if asked.steps {
        "Nothing was changed: remove `--dry-run` to do this."
    } else {
        "Nothing was changed: remove `--dry-run` to do this. `--steps` shows each step."
    };
    let text = Shown { plan: &plan, environment, found: &found, steps: asked.steps, hint }.text(session)?;
    session.ship_notes(&fleet.told())?;
    lease::tell_holders(session, fleet).await?;
    session.print(&text)?;
    let refused = plan.has_unmanaged() || plan.has_blocked_data() || has_errors(&found);
    let end = if fleet.is_incomplete() { End::Unreachable } else { End::Done };
    Ok(if refused { end.worse(End::Refused) } else { end })
}
