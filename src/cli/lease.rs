//! Who takes the lease, and what is told about it.

pub(super) mod facts;

use std::collections::BTreeSet;

use super::{
    error::{End, Problem},
    fleet::{Fleet, reason},
    session::Session,
    typed::typed,
    user,
};
use maestro_core::{
    event::lease::{HeldLease, LeaseFact},
    model::ShipId,
    observed::revision::Author,
};
use maestro_run::lease::{Liveness, Owner, Released, here, holders};

/// Says what became of a lease that was given back, where it is not simply free, and how the command ends for it.
pub(super) fn released(
    session: &Session,
    me: &Owner,
    released: Vec<(ShipId, Released)>,
) -> Result<End, Problem> {
    let mut end = End::Done;
    for (ship, released) in released {
        let ship = session.environment.ship(ship).name.clone();
        match released {
            Released::Free => {}
            Released::Lost => {
                end = End::Locked;
                facts::warn(session, &LeaseFact::Lost { ship })?;
            }
            Released::Unknown(error) => {
                let (reason, nonce) = (reason(&error), me.holder.nonce.clone());
                facts::warn(session, &LeaseFact::NotReleased { ship, reason, nonce })?;
            }
        }
    }
    Ok(end)
}

/// Tells who is changing the environment meanwhile, or was killed over that: what was looked at may be about to change.
pub(super) async fn tell_holders(session: &Session, fleet: &Fleet) -> Result<(), Problem> {
    let me = me(session);
    let mut known = BTreeSet::new();
    for (at, volumes) in fleet.leases.iter().enumerate() {
        for (holder, fate, created) in holders(&me, volumes) {
            if !known.insert(holder.nonce.clone()) {
                continue;
            }
            let ship = session.environment.ships[at].name.clone();
            let clock = match (&fleet.engines[at], created) {
                (Some(engine), Some(_)) => engine.clock().await.ok(),
                (Some(_) | None, Some(_) | None) => None,
            };
            let age = clock.zip(created).and_then(|(now, created)| now.duration_since(created).ok());
            let held = HeldLease { holder: facts::holder(&holder), ship, age };
            let fact = match fate {
                Liveness::Gone => LeaseFact::Abandoned(held),
                Liveness::Running | Liveness::Unknown => LeaseFact::Changing(held),
            };
            facts::note(session, &fact)?;
        }
    }
    Ok(())
}

/// This process, as it asks for a lease.
pub(super) fn me(session: &Session) -> Owner {
    let environment = &session.environment;
    let stop_timeout = environment.instances.iter().map(|instance| instance.stop_timeout).max();
    here(&environment.name, user::name(&session.variables), &typed(), stop_timeout.unwrap_or_default())
}

/// This process, as it is written on the revisions that it records.
pub(super) fn author(session: &Session) -> Author {
    let me = me(session).holder;
    let by = format!("{}@{}", me.user, me.machine.host);
    Author { by, command: me.command, commit: session.commit().cloned() }
}
