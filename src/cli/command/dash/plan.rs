//! The plan of `apply` for the dashboard.

use std::sync::Arc;

use super::shared::{Dash, lines, lines_of};
use crate::cli::{command::ui::plans::Prepared, session::Session};
use maestro_core::plan::command::Command;
use maestro_dash::{DashMessage, DashPlan};
use maestro_report::{
    plan::{self as report, View},
    preflight::{self, CommandOutcome, Occasion},
};
use maestro_web::PagePlan;

/// Makes the plan and tells the dashboard. It is kept: what is applied is what was shown.
pub(super) async fn show(dash: Arc<Dash>) {
    dash.agree(None);
    let planned = match dash.source.read().await {
        Err(problem) => Err(lines_of(&dash.source.session(), problem)),
        Ok(session) => {
            dash.ways.lend_all(&session, true);
            match Prepared::of(&session, &PagePlan::Apply).await {
                Err(problem) => Err(lines_of(&session, problem)),
                Ok(prepared) => {
                    dash.agree(Some(prepared.agreed(&session, PagePlan::Apply)));
                    Ok(DashPlan {
                        lines: lines(&session, &text(&session, &prepared)),
                        changes: prepared.plan.changes(),
                        is_refused: prepared.is_refused(),
                    })
                }
            }
        }
    };
    dash.tell(DashMessage::Planned(planned)).await;
}

fn text(session: &Session, prepared: &Prepared) -> String {
    let environment = prepared.environment(session);
    let view = View { steps: false, colour: false };
    let plan = report::text(&prepared.plan, environment, &session.sources, view);
    let occasion = Occasion {
        invocation: &session.invocation,
        command: Command::Apply,
        outcome: CommandOutcome::Planned,
    };
    let found = preflight::text(&prepared.found, environment, &session.sources, occasion, false);
    let between = if found.is_empty() { "" } else { "\n" };
    plan + between + &found
}
