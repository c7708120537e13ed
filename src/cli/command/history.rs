//! `history`: the revisions that the ships have recorded. Sends nothing but questions.

use futures_util::future::join_all;

use crate::cli::{
    args::{HistoryArgs, Output},
    error::{End, Problem},
    fleet::Fleet,
    session::Session,
};
use maestro_core::{observed::ShipState, plan::revision::history::history};
use maestro_engine::observe::Question;
use maestro_report::{
    explain::engine as explain,
    history::{self as report, Clocks, HistoryFilter},
    json,
};

/// What has to be known of a ship: what runs, what is recorded, and which images are still there.
pub(super) const TO_COMPARE: Question = Question {
    networks: false,
    descriptions: false,
    left_behind: false,
    leftover_files: false,
    compared: false,
    leases: false,
    stopped: false,
    ..Question::ALL
};

/// The time of each engine that tells it.
pub(super) async fn clocks(fleet: &Fleet) -> Clocks {
    let asked = fleet.places().into_iter().map(|place| async move {
        // Without it the age is left out, which is no reason to fail.
        Some((place.ship, place.engine.clock().await.ok()?))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

pub(in crate::cli) async fn run(session: &Session, args: &HistoryArgs) -> Result<End, Problem> {
    let fleet = session.connect_and_observe_everywhere(TO_COMPARE).await;
    let environment = &session.environment;
    let clocks = clocks(&fleet).await;
    let history = HistoryFilter::kept(&args.filter, environment, history(environment, &fleet.observed));
    let text = match session.output {
        Output::Json => json::pretty(&session.hidden(report::json(&history, environment, &clocks)))?,
        Output::Text | Output::Markdown if args.quiet => report::numbers(&history),
        Output::Text | Output::Markdown if history.is_empty() && !args.filter.is_empty() => {
            "no revision that is recorded changed what the filters name\n".to_owned()
        }
        Output::Text | Output::Markdown => report::text(&history, environment, &clocks),
    };
    session.ship_notes(&fleet.told())?;
    if !text.is_empty() {
        session.print(&text)?;
    }
    for (ship, state) in environment.ships.iter().zip(&fleet.observed.ships) {
        if let ShipState::Unreachable { reason } = state {
            session.note(&format!(
                "revisions and containers of ship {} are left out: {}",
                ship.name,
                explain::ship(reason)
            ))?;
        }
    }
    Ok(if fleet.is_incomplete() { End::Unreachable } else { End::Done })
}
