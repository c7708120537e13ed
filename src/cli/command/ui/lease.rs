//! Which other run holds the lease, looked at while a browser looks.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::shared::Ui;
use crate::cli::{lease::me, session::Session};
use maestro_run::operations::watching::{OtherRun, other_run};

/// How long a look is put off after the one before, and how much longer for each ship: each is a request.
const PAUSE: Duration = Duration::from_secs(3);
const FOR_EACH_SHIP: Duration = Duration::from_millis(20);

/// Asks all engines again and again. Runs of the page itself are shown by every page already.
pub(super) async fn look(ui: Arc<Ui>) {
    loop {
        let session = ui.source().session();
        let ships = u32::try_from(session.environment.ships.len()).unwrap_or(u32::MAX);
        sleep(PAUSE + FOR_EACH_SHIP.saturating_mul(ships)).await;
        if !ui.is_watched() {
            continue;
        }
        let session = ui.source().session();
        let fleet = ui.ways().fleet(&session).await;
        let other = other_run(&me(&session), &session.environment, &fleet.engines).await;
        ui.keep_lease(other.map_or(Value::Null, |other| document(&session, &other)));
    }
}

fn document(session: &Session, OtherRun { ship, holder, is_running_here, since }: &OtherRun) -> Value {
    let since = since.and_then(|time| jiff::Timestamp::try_from(time).ok());
    json!({
        "ship": session.environment.ship(*ship).name,
        "by": format!("{}@{}", holder.user, holder.machine.host),
        "command": holder.command,
        "since": since.map(|time| time.to_string()),
        "nonce": holder.nonce,
        "is_running_here": is_running_here,
    })
}
