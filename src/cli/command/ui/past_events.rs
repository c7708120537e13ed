//! What happened to an instance lately.

use std::{collections::VecDeque, time::Duration};

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::cli::{command::events::entry, fleet::Fleet, session::Session};
use maestro_run::operations::{
    happenings::{HappeningUpdate, HappeningsRange, follow},
    logs::Moment,
};

/// How far back events are shown, as far as engines remember them.
pub(super) const PAST: Duration = Duration::from_secs(60 * 60);
/// How long an engine may take to tell them.
const PATIENCE: Duration = Duration::from_secs(2);
/// Events that are told of one instance.
const MOST_EVENTS: usize = 500;

/// What happened to one instance lately, oldest first, as far as its engine remembers and tells at once.
pub(super) async fn events_of(session: &Session, fleet: &Fleet, name: &str) -> Vec<Value> {
    let until = Some(Moment::Ago(Duration::ZERO));
    let range = HappeningsRange { since: Some(Moment::Ago(PAST)), until };
    let mut updates = follow(&session.environment, &fleet.observed, &fleet.engines, range);
    let (mut events, end) = (VecDeque::new(), Instant::now() + PATIENCE);
    while let Ok(Some((ship, update))) = timeout_at(end, updates.next()).await {
        let HappeningUpdate::Happened { happening, instance } = update else { continue };
        if instance.as_deref() == Some(name) {
            events.push_back(entry(session, ship, happening, instance).json());
        }
        if events.len() > MOST_EVENTS {
            events.pop_front();
        }
    }
    events.into()
}
