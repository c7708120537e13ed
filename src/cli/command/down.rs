//! `down`: stops and removes what the environment has on its ships.

use std::sync::Arc;

use crate::cli::{
    args::{DownArgs, LeaseArgs},
    change::{ChangeCommand, Latest, change},
    error::{End, Problem},
    fleet::silent_ships,
    freed::{self, before},
    orphans::{self, Named},
    session::Session,
};
use maestro_core::{
    model::{ShipId, graph::Direction},
    plan::{
        down::{DownOptions, plan, volumes_that_stay},
        images::with_images,
        orphans::list,
        revision::forgotten,
        tidy::VolumeScope,
    },
};
use maestro_engine::observe::Question;
use maestro_report::{drift::left_by_down, volumes::stay};

/// What a plan leaves, and the user should know.
#[derive(Default)]
struct DownNotes {
    /// What became of orphans that were named and get no step.
    without_step: (Vec<String>, End),
    /// Orphans that stay.
    orphans: Option<String>,
    /// Volumes that stay.
    volumes: Option<String>,
    /// Images that are removed.
    images: Vec<(ShipId, String)>,
    /// Ships that do not answer and have none of the instances.
    silent: Vec<String>,
}

/// What has to be known beforehand.
fn question(args: &DownArgs, has_orphans: bool) -> Question {
    Question {
        networks: true,
        volumes: true,
        identity: true,
        revisions: true,
        descriptions: args.orphans || has_orphans,
        left_behind: args.volumes,
        leftover_files: true,
        images: args.images,
        ..Question::default()
    }
}

pub(in crate::cli) async fn run(
    session: &Arc<Session>,
    args: &DownArgs,
    lease: &LeaseArgs,
) -> Result<End, Problem> {
    let things = &args.things;
    let named = Named::selected(session, things, Direction::DependantsFirst).await?;
    let ships = named.ships(session);
    let Named { instances: selected, orphans: named } = named;
    let question = question(args, !named.is_empty());
    let is_all = things.is_all();
    let volumes = VolumeScope::of(args.volumes, is_all);
    let (all_orphans, ignore_dependencies) = (args.orphans, things.ignore_dependencies);
    let asked = ChangeCommand::new(session, &selected, question, things, lease)
        .everywhere(is_all)
        .anywhere()
        .also_on(ships)
        .stopping(&selected)
        .asking(args.volumes || args.orphans);
    let found = Latest::new(DownNotes::default());
    let (owned, instances, latest) = (Arc::clone(session), selected.clone(), found.clone());
    let (has_volumes, has_images) = (args.volumes, args.images);
    let before = before(session, args.images, lease).await;
    let end = change(asked, move |observed| {
        let (environment, invocation) = (&owned.environment, &owned.invocation);
        let options = DownOptions { ignore_dependencies, orphans: &named, all_orphans, volumes };
        let plan = plan(environment, observed, &instances, options);
        let plan = forgotten(plan, environment, observed);
        let plan = if has_images { with_images(plan, environment, observed, &instances) } else { plan };
        let kept = volumes_that_stay(&plan, environment, observed);
        let stays = is_all && !all_orphans;
        latest.set(DownNotes {
            without_step: orphans::not_found(&owned, observed, &named),
            orphans: stays
                .then(|| left_by_down(&list(environment, observed), environment, invocation))
                .flatten(),
            volumes: stay(&kept, environment, invocation, has_volumes),
            images: freed::removed(&plan),
            silent: if is_all { silent_ships(&owned, observed, &instances) } else { Vec::new() },
        });
        plan
    })
    .await?;
    let DownNotes { without_step: (texts, without), orphans, volumes, images, silent } = found.take();
    freed::tell(session, before, &images).await?;
    silent.iter().try_for_each(|text| session.warn(text))?;
    session.notes(&texts)?;
    if !lease.dry_run {
        session.notes(volumes.as_slice())?;
        session.notes(orphans.as_slice())?;
    }
    let looked = if silent.is_empty() { End::Done } else { End::Unreachable };
    Ok(end.worse(without).worse(looked))
}
