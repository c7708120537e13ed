//! `clean`: removes stopped containers, the network and the revisions when nothing is left, and
//! leases that killed runs have left.

use std::{collections::BTreeSet, sync::Arc};

use crate::cli::{
    args::{CleanArgs, LeaseArgs, Things},
    change::{ChangeCommand, Latest, change},
    error::{End, Problem},
    freed::{self, before},
    orphans::{self, Named},
    session::Session,
};
use maestro_core::{
    model::{Environment, InstanceId, ShipId, graph::Direction},
    observed::Observed,
    plan::{
        Orphan,
        images::with_images,
        orphans::{left_one_offs, list},
        revision::forgotten,
        tidy::{CleanOptions, VolumeScope, plan_clean_with},
    },
};
use maestro_engine::observe::Question;
use maestro_report::{drift::stay, volumes::left_behind};

/// What a plan leaves, and the user should know.
#[derive(Default)]
struct CleanNotes {
    /// What became of orphans that were named and get no step.
    without_step: (Vec<String>, End),
    /// Orphans that stay.
    orphans: Option<String>,
    /// Volumes that stay.
    volumes: Option<String>,
    /// Images that are removed.
    images: Vec<(ShipId, String)>,
}

/// The orphans that stay if everything is cleaned.
fn others(environment: &Environment, observed: &Observed) -> Vec<Orphan> {
    let removed = left_one_offs(environment, observed);
    let mut others = list(environment, observed);
    others.retain(|orphan| removed.iter().all(|removed| removed.id != orphan.id));
    others
}

/// The instances that are named, without those that they need; none if all are meant.
async fn meant(session: &Session, things: &Things) -> Result<Option<BTreeSet<InstanceId>>, Problem> {
    if things.is_all() {
        return Ok(None);
    }
    if things.things.is_empty() && things.container_filter.is_none() {
        return Ok(Some(BTreeSet::new()));
    }
    let alone = Things { with_dependencies: false, ..things.clone() };
    Ok(Some(Named::selected(session, &alone, Direction::NeedsFirst).await?.instances))
}

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &CleanArgs,
    lease_args: &LeaseArgs,
) -> Result<End, Problem> {
    let things = &args.things;
    let named = Named::selected(session, things, Direction::NeedsFirst).await?;
    let ships = named.ships(session);
    let question = Question {
        networks: true,
        identity: true,
        revisions: true,
        left_behind: args.volumes,
        leftover_files: true,
        images: args.images,
        volumes: args.images,
        ..Question::default()
    };
    let Named { instances: selected, orphans: named } = named;
    let (is_all, adopt, images) = (things.is_all(), args.adopt.adopt, args.images);
    let volumes = VolumeScope::of(args.volumes, is_all);
    let meant = meant(session, things).await?;
    let (owned, instances) = (Arc::clone(session), selected.clone());
    let orphans = named.clone();
    let plan = move |observed: &Observed| {
        let mut orphans = orphans.clone();
        if is_all {
            orphans.extend(left_one_offs(&owned.environment, observed));
        }
        let options = CleanOptions { adopt, orphans: &orphans, volumes, named: meant.as_ref() };
        let plan = plan_clean_with(&owned.environment, observed, &instances, options);
        let plan = forgotten(plan, &owned.environment, observed);
        if images { with_images(plan, &owned.environment, observed, &BTreeSet::new()) } else { plan }
    };
    let before = before(session, args.images, lease_args).await;
    let found = Latest::new(CleanNotes::default());
    let asked = ChangeCommand::new(session, &selected, question, things, lease_args)
        .everywhere(is_all)
        .also_on(ships)
        .asking(args.volumes);
    let (owned, latest) = (Arc::clone(session), found.clone());
    let end = change(asked, move |observed| {
        let (environment, invocation) = (&owned.environment, &owned.invocation);
        let plan = plan(observed);
        latest.set(CleanNotes {
            without_step: orphans::not_removed(&owned, observed, &named),
            orphans: is_all.then(|| stay(&others(environment, observed), environment, invocation)).flatten(),
            volumes: left_behind(&plan, invocation),
            images: freed::removed(&plan),
        });
        plan
    })
    .await?;
    let CleanNotes { without_step: (texts, without), orphans, volumes, images } = found.take();
    freed::tell(session, before, &images).await?;
    session.notes(&texts)?;
    if !lease_args.dry_run {
        session.notes(volumes.as_slice())?;
        session.notes(orphans.as_slice())?;
    }
    Ok(end.worse(without))
}
