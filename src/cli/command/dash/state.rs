//! The state of all instances, kept current for the dashboard.

use std::sync::Arc;

use futures_util::future::OptionFuture;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::shared::Dash;
use crate::cli::{
    command::{
        status::look::{Depth, look},
        ui::state::{FILE, MOMENT, QUESTION, REFRESH, all_answer, ordered},
    },
    fleet::Fleet,
    session::Session,
};
use maestro_core::{
    model::InstanceId,
    observed::{Container, InstanceState},
    plan::orphans,
};
use maestro_dash::{DashMessage, DashRow, DashShip, DashState};
use maestro_report::{
    status::{EntrySubject, Status, health},
    text::harmless,
};
use maestro_run::operations::live::{EnvironmentState, LiveState, LiveUpdates};

/// Keeps the state current.
pub(super) async fn keep(dash: Arc<Dash>) {
    loop {
        let (session, digest) = dash.source.session_with_digest();
        dash.ways.lend(&session);
        let mut fleet = Fleet::connect(&session.environment, &session.routes()).await;
        let observed = fleet.observed.clone();
        let live = LiveState::follow(&session.environment, &fleet.engines, observed, QUESTION);
        let (mut updates, mut state) = (live.subscribe(), live.now());
        let ordered = ordered(&session);
        all_answer(&mut updates, &mut state).await;
        let mut has_mistakes = false;
        loop {
            fleet.observed.ships.clone_from(&state.observed.ships);
            dash.ways.keep(&session, &fleet);
            let shown = shown(&session, &fleet, &ordered, has_mistakes).await;
            dash.tell(DashMessage::State(shown)).await;
            match wait(&dash, &digest, &live, &mut updates, &mut state).await {
                Waited::Changed => {}
                Waited::Mistaken(has) => has_mistakes = has,
                Waited::Reread => break,
            }
        }
    }
}

/// What was waited for.
enum Waited {
    /// Something may have changed.
    Changed,
    /// The file was written, and has mistakes or none.
    Mistaken(bool),
    /// The file says something else.
    Reread,
}

async fn wait(
    dash: &Dash,
    digest: &str,
    live: &LiveState,
    updates: &mut LiveUpdates,
    state: &mut EnvironmentState,
) -> Waited {
    let (mut refresh, mut file) = (interval(REFRESH), interval(FILE));
    refresh.set_missed_tick_behavior(MissedTickBehavior::Delay);
    refresh.reset();
    let mut until = None;
    loop {
        tokio::select! {
            biased;
            changed = updates.next(state) => {
                if changed.is_none() {
                    sleep(REFRESH).await;
                }
                until.get_or_insert(Instant::now() + MOMENT);
            }
            Some(()) = OptionFuture::from(until.map(sleep_until)) => return Waited::Changed,
            () = dash.wake.notified() => live.refresh(),
            _ = file.tick() => {
                if dash.source.has_changed() {
                    let is_read = dash.source.read().await.is_ok();
                    if !is_read || !dash.source.says_other(digest) {
                        return Waited::Mistaken(!is_read);
                    }
                }
                if dash.source.says_other(digest) {
                    return Waited::Reread;
                }
            }
            _ = refresh.tick() => live.refresh(),
        }
    }
}

/// What the dashboard shows.
async fn shown(session: &Session, fleet: &Fleet, ordered: &[InstanceId], has_mistakes: bool) -> DashState {
    let environment = &session.environment;
    let findings = look(session, fleet, ordered, Depth::WithChecks).await;
    let orphans = orphans::list(environment, &fleet.observed);
    let status = Status::of(environment, &fleet.observed, ordered, &orphans, &findings);
    let observed = fleet.observed.by_label(environment);
    let known = session.known();
    let hidden = |text: &str| known.hide(text).into_owned();
    let ships = environment.ship_ids().map(|ship| DashShip {
        name: harmless(&environment.ship(ship).name).into_owned(),
        silent: status.silent.iter().find(|silent| silent.ship == ship).map(|silent| hidden(&silent.reason)),
    });
    let ships = ships.collect();
    let rows = status.entries.iter().map(|entry| {
        let container: Option<&Container> = match entry.subject {
            EntrySubject::Instance(id) => match observed.instance(environment, id) {
                InstanceState::Ours(container) => Some(container),
                InstanceState::Absent
                | InstanceState::Unmanaged(_)
                | InstanceState::Unreachable { .. }
                | InstanceState::Unknown => None,
            },
            EntrySubject::Orphan(at) => orphans.get(at).and_then(|orphan| {
                observed
                    .holdings(orphan.ship)?
                    .containers
                    .values()
                    .find(|container| container.id == orphan.id)
            }),
        };
        DashRow {
            name: entry.name.clone(),
            service: entry.service.clone(),
            ship: harmless(&environment.ship(entry.ship).name).into_owned(),
            standing: entry.standing,
            states: entry.states.clone(),
            state: hidden(&entry.state),
            health: container.and_then(health).map(str::to_owned),
            age: entry.age.clone(),
            is_up: container.is_some_and(|container| container.state.is_up()),
        }
    });
    let rows = rows.collect();
    DashState { environment: harmless(&environment.name).into_owned(), ships, rows, has_mistakes }
}
