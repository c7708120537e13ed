//! What `--pull` would bring: images that registries have now, where a plan is only shown.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use super::{
    args::{ApplyArgs, LeaseArgs},
    command::pull::fetch,
    error::{End, Problem},
    fleet::Fleet,
    session::Session,
};
use maestro_core::{
    model::{
        InstanceId, ShipId,
        registry::{ImageOrigin, PullFault},
    },
    observed::{Observed, fresh_image::FreshImage},
};
use maestro_engine::{credentials::Credentials, observe::Question};
use maestro_report::outdated::{UnknownReason, pulled_first};
use maestro_run::operations::registries::{RemoteAnswer, Told, ask_registries};

/// What registries have for the images of instances.
#[derive(Default)]
pub(super) struct Fresh {
    /// Images that their ships do not have by their tag.
    pub images: Vec<FreshImage>,
    /// What registries did not tell.
    unknown: Vec<UnknownReason>,
}

impl Fresh {
    /// Asks the registries of these instances' images, as far as they are pulled by a tag.
    pub(super) async fn ask(session: &Session, fleet: &Fleet, instances: &BTreeSet<InstanceId>) -> Self {
        let environment = &session.environment;
        let wanted: BTreeSet<(String, ShipId)> = with_a_tag(session, &fleet.observed, instances)
            .into_iter()
            .map(|id| environment.instance(id))
            .map(|instance| (instance.container.image.clone(), instance.ship))
            .collect();
        let credentials = Credentials::new(&session.variables);
        let told = ask_registries(environment, &fleet.engines, wanted, &credentials).await;
        let mut fresh = Self::default();
        for ((reference, ship), Told { ship: asked, answer }) in told {
            let asked = environment.ship(asked).name.clone();
            let unknown = match answer {
                RemoteAnswer::Known(remote) => {
                    let holdings = fleet.observed.holdings(ship);
                    if holdings.is_some_and(|holdings| !holdings.is_fresh(&reference, &remote.digest)) {
                        fresh.images.push(FreshImage { ship, reference, digest: remote.digest });
                    }
                    continue;
                }
                RemoteAnswer::Refused { refusal, .. }
                    if refusal.fault == PullFault::NoSuchImage
                        && origin(&fleet.observed, ship, &reference) == Some(ImageOrigin::Untold) =>
                {
                    continue;
                }
                RemoteAnswer::Refused { refusal, words } => {
                    UnknownReason::Refused { refusal, words, ship: asked }
                }
                RemoteAnswer::Unknown(failure) => {
                    UnknownReason::Silent { image: reference, ship: asked, failure }
                }
            };
            if !fresh.unknown.contains(&unknown) {
                fresh.unknown.push(unknown);
            }
        }
        fresh
    }

    /// What the ships would have once these images are pulled.
    pub(super) fn pulled<'a>(&self, observed: &'a Observed) -> Cow<'a, Observed> {
        if self.images.is_empty() {
            return Cow::Borrowed(observed);
        }
        Cow::Owned(observed.with_fresh(&self.images))
    }

    /// Says which images are pulled first, and what is not known.
    pub(super) fn tell(&self, session: &Session) -> Result<End, Problem> {
        for FreshImage { ship, reference, digest } in &self.images {
            let ship = &session.environment.ship(*ship).name;
            session.note(&pulled_first(reference, ship, digest))?;
        }
        self.unknown.iter().try_for_each(|reason| session.warn(&reason.text()))?;
        Ok(if self.unknown.is_empty() { End::Done } else { End::Failed })
    }
}

/// What became of `--pull`.
pub(super) enum Brought {
    /// The ships have the images that were asked for. Of a run that changes nothing: these would be pulled.
    All(Fresh),
    /// Some were not pulled, and the command ends like that.
    Missing(End),
}

/// Pulls the images of these instances, if that was asked for. What is not named by a tag, or came from no registry, stays
/// as it is.
pub(super) async fn brought(
    session: &Arc<Session>,
    args: &ApplyArgs,
    lease: &LeaseArgs,
    selected: &BTreeSet<InstanceId>,
) -> Result<Brought, Problem> {
    if !args.pull {
        return Ok(Brought::All(Fresh::default()));
    }
    let question = Question { images: true, ..Question::default() };
    let fleet = session.connect_and_observe(selected, question).await?;
    if lease.dry_run {
        return Ok(Brought::All(Fresh::ask(session, &fleet, selected).await));
    }
    let pulled = with_a_tag(session, &fleet.observed, selected);
    let pulled = from_registries(session, &fleet, pulled).await;
    drop(fleet);
    if pulled.is_empty() {
        return Ok(Brought::All(Fresh::default()));
    }
    let end = fetch(session, &pulled, &args.things, lease).await?;
    match end {
        // Of a ship that does not answer the plan tells what is left out.
        End::Done | End::Unreachable => return Ok(Brought::All(Fresh::default())),
        End::Signal(_) => {}
        End::Failed
        | End::BadInput
        | End::Pending
        | End::Locked
        | End::Stale
        | End::Refused
        | End::Exited(_) => session.note(
            "no container was changed, because images are missing; `apply` without `--pull` takes the images that \
             the ships have",
        )?,
    }
    Ok(Brought::Missing(end))
}

/// The instances whose image is named by a tag, and is not on their ship without having come from a registry.
fn with_a_tag(
    session: &Session,
    observed: &Observed,
    instances: &BTreeSet<InstanceId>,
) -> BTreeSet<InstanceId> {
    let is_pulled = |id: &InstanceId| {
        let instance = session.environment.instance(*id);
        let image = instance.container.image.as_str();
        let is_local = origin(observed, instance.ship, image) == Some(ImageOrigin::Local);
        instance.is_pulled() && !image.contains('@') && !is_local
    };
    instances.iter().copied().filter(is_pulled).collect()
}

/// Where a ship's image came from, as far as the ship tells.
fn origin(observed: &Observed, ship: ShipId, image: &str) -> Option<ImageOrigin> {
    observed.holdings(ship)?.origin(image)
}

/// The instances without those whose image is on their ship and not in its registry. Only the registry can tell that of
/// containerd's store; of other stores nothing is asked.
async fn from_registries(
    session: &Session,
    fleet: &Fleet,
    instances: BTreeSet<InstanceId>,
) -> BTreeSet<InstanceId> {
    let environment = &session.environment;
    let key = |id: &InstanceId| {
        let instance = environment.instance(*id);
        (instance.container.image.clone(), instance.ship)
    };
    let is_untold =
        |(image, ship): &(String, ShipId)| origin(&fleet.observed, *ship, image) == Some(ImageOrigin::Untold);
    let untold: BTreeSet<_> = instances.iter().map(key).filter(is_untold).collect();
    let credentials = Credentials::new(&session.variables);
    let told = ask_registries(environment, &fleet.engines, untold, &credentials).await;
    let is_own = |id: &InstanceId| match told.get(&key(id)).map(|told| &told.answer) {
        Some(RemoteAnswer::Refused { refusal, .. }) => refusal.fault == PullFault::NoSuchImage,
        Some(RemoteAnswer::Known(_) | RemoteAnswer::Unknown(_)) | None => false,
    };
    instances.into_iter().filter(|id| !is_own(id)).collect()
}
