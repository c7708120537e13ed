//! What would go wrong is told before the first step, all at once.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write as _},
    sync::Arc,
};

use async_trait::async_trait;

use super::{
    args::Output,
    error::{End, Problem, Stop},
    fleet::Fleet,
    session::Session,
};
use maestro_core::{
    event::{Finding, Weight},
    model::ShipId,
    observed::ShipState,
    plan::Plan,
};
use maestro_engine::credentials::Credentials;
use maestro_report::{
    json,
    preflight::{self as report, CommandOutcome, Occasion},
};
use maestro_run::{
    operations,
    preflight::{
        Questions,
        ask::{Seen, ask},
        findings, held, refuses,
    },
};

/// Asks all ships what would stop this plan.
pub(super) async fn look(session: &Session, fleet: &Fleet, plan: &Plan) -> Vec<Finding> {
    let (environment, observed) = (&session.environment, &fleet.observed);
    let questions = Questions::of(environment, observed, plan);
    if questions.ships.is_empty() {
        return Vec::new();
    }
    let machines = fleet.engines.iter().zip(&fleet.hosts).zip(&observed.ships).enumerate();
    let ships: BTreeMap<ShipId, Seen> = machines
        .filter_map(|(at, ((engine, host), state))| {
            let ShipState::Answering(_) = state else { return None };
            Some((ShipId(at), Seen { engine: engine.clone()?, host: host.clone()? }))
        })
        .collect();
    let credentials = Credentials::new(&session.variables);
    let answers = ask(environment, &questions, &ships, &credentials).await;
    findings(environment, observed, plan, &answers)
}

/// Whether one of these would fail a step.
pub(super) fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.weight == Weight::Error)
}

/// Looks, and tells what was found.
pub(super) struct ReportedPreflight {
    pub session: Arc<Session>,
}

#[async_trait]
impl operations::Preflight<Stop> for ReportedPreflight {
    async fn pass(&self, fleet: &Fleet, plan: &Plan) -> Result<(), Stop> {
        let found = look(&self.session, fleet, plan).await;
        if tell(&self.session, plan, found)? { Err(Stop::End(End::Refused)) } else { Ok(()) }
    }
}

/// Tells what was found, and whether the plan may therefore not be carried out.
fn tell(session: &Session, plan: &Plan, mut found: Vec<Finding>) -> Result<bool, Problem> {
    let refused = (has_errors(&found) || plan.has_blocked_data()) && refuses(plan);
    if refused {
        found.extend(held(&session.environment, plan));
    }
    if found.is_empty() {
        return Ok(false);
    }
    let outcome = if refused { CommandOutcome::Refused } else { CommandOutcome::GoesOn };
    let of = Occasion { invocation: &session.invocation, command: plan.command, outcome };
    let (environment, sources) = (&session.environment, &session.sources);
    match session.output {
        Output::Json => {
            let line = json::line(&session.hidden(report::event(&found, environment, sources, of)))?;
            writeln!(io::stdout(), "{line}")?;
        }
        Output::Text | Output::Markdown => {
            let colour = session.colour && io::stderr().is_terminal();
            let text = report::text(&found, environment, sources, of, colour);
            write!(io::stderr(), "{}", session.known().hide(&text))?;
        }
    }
    Ok(refused)
}
