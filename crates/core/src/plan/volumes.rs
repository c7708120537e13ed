//! Anonymous volumes of a container that is replaced: its successor takes them over, or they stay behind.

pub use super::volume_fate::{VolumeFate, VolumeOutcome};
use super::{
    BlockedReason,
    action::{Action, Carried, ContainerAction},
    builder::Builder,
    command::Command,
    reason::Note,
    targets::{source, sources},
};
use crate::{
    model::{
        Environment, Instance, InstanceId, ShipId,
        carried::own_volumes,
        container::{LABEL_ENVIRONMENT, LABEL_INSTANCE},
        file_label::labelled,
        update::Order,
    },
    observed::{Container, kept_files::ReloadRecord, left_behind::LeftBehind, mounts::Source},
};

/// What becomes of the anonymous volumes of `old`, which is replaced by a container of the instance. `is_pulled` says
/// that the image is fetched before, so that what it declares is not known yet.
pub(super) fn fates(
    builder: &Builder<'_>,
    id: InstanceId,
    old: &Container,
    is_pulled: bool,
) -> Vec<VolumeFate> {
    let instance = builder.environment.instance(id);
    let spec = &instance.container;
    let holdings = builder.holdings(instance.ship).filter(|_| !is_pulled);
    let defaults = holdings.and_then(|holdings| holdings.defaults.get(holdings.image_id(&spec.image)?));
    let mut fates = Vec::new();
    for mounted in &old.mounts {
        let Some(volume) = mounted.anonymous() else { continue };
        let path = trimmed(&mounted.path);
        if holds_files(old, path) {
            continue;
        }
        let covered = spec.mounts.iter().find(|mount| trimmed(&mount.target) == path);
        if covered.is_some_and(|mount| mount.source == volume)
            || is_anothers(builder, id, old, &mounted.source)
        {
            continue;
        }
        let is_it = |one: &String| trimmed(one) == path;
        let fate = match covered {
            Some(mount) => VolumeOutcome::Covered(mount.source.clone()),
            None if builder.renews_volumes => VolumeOutcome::Renewed,
            None if spec.volumes.iter().any(is_it) => VolumeOutcome::Carried,
            None => match defaults {
                None => VolumeOutcome::CarriedIfDeclared,
                Some(image) if image.volumes.iter().any(is_it) => VolumeOutcome::Carried,
                Some(_) => VolumeOutcome::Undeclared,
            },
        };
        let (volume, path) = (volume.to_owned(), mounted.path.clone());
        fates.push(VolumeFate { instance: id, volume, path, fate });
    }
    // Engines tell them in any order.
    fates.sort_by(|a, b| a.path.cmp(&b.path));
    fates
}

/// Plans what becomes of what `old` mounts, and says what its successor takes over.
pub(super) fn take_over(
    builder: &mut Builder<'_>,
    id: InstanceId,
    old: &Container,
    is_pulled: bool,
) -> Vec<Carried> {
    let fates = fates(builder, id, old, is_pulled);
    let carried = carried(&fates);
    builder.plan.volumes.extend(fates);
    for note in data_that_stays(builder, id, old) {
        builder.remark(id, note);
    }
    carried
}

/// Named volumes and paths of the ship that `old` may keep data in and that its successor does not mount.
fn data_that_stays(builder: &Builder<'_>, id: InstanceId, old: &Container) -> Vec<Note> {
    let mounts = &builder.environment.instance(id).container.mounts;
    let mut stays: Vec<(&str, &str)> = Vec::new();
    for mounted in
        old.mounts.iter().filter(|mounted| mounted.may_hold_data() && mounted.anonymous().is_none())
    {
        let source = match &mounted.source {
            Source::Path(path) => path.as_str(),
            Source::Volume(name) => name.as_str(),
            Source::Other(_) => continue,
        };
        if is_anothers(builder, id, old, &mounted.source) {
            continue;
        }
        if mounts.iter().all(|mount| trimmed(&mount.source) != trimmed(source)) {
            stays.push((&mounted.path, source));
        }
    }
    // Engines tell them in any order.
    stays.sort_unstable();
    let notes = stays.into_iter().map(|(path, source)| {
        let instead = mounts.iter().find(|mount| trimmed(&mount.target) == trimmed(path));
        let instead = instead.map(|mount| mount.source.clone());
        Note::DataStays { source: source.to_owned(), path: path.to_owned(), instead }
    });
    notes.collect()
}

/// What the successor mounts.
fn carried(fates: &[VolumeFate]) -> Vec<Carried> {
    let carried = fates.iter().filter(|one| one.fate.is_carried()).map(|one| Carried {
        volume: one.volume.clone(),
        path: one.path.clone(),
        if_declared: one.fate == VolumeOutcome::CarriedIfDeclared,
    });
    carried.collect()
}

/// Why an instance may not be replaced by a container that runs beside its old one: both would write to its volumes.
pub(super) fn shared(builder: &Builder<'_>, id: InstanceId, old: &Container) -> Option<BlockedReason> {
    let service = builder.environment.instance(id).service;
    if builder.environment.service(service).update.order != Order::StartFirst || !old.state.is_up() {
        return None;
    }
    let all = fates(builder, id, old, false);
    let carried = all.into_iter().filter(|one| one.fate.is_carried());
    let paths: Vec<String> = carried.map(|one| one.path).collect();
    (!paths.is_empty()).then_some(BlockedReason::SharedVolume { paths })
}

/// The removal of a container, which has that name when it is removed. Its anonymous volumes that no successor takes over
/// are left behind.
pub(super) fn removal(builder: &Builder<'_>, ship: ShipId, old: &Container, name: &str) -> Action {
    let (container, id) = (name.to_owned(), old.id.clone());
    let leaves = left_by(builder, ship, old);
    let records = builder.holdings(ship).into_iter().flat_map(|holdings| holdings.files.records_of(&old.id));
    let records = records.map(ReloadRecord::volume);
    let file_volumes = file_volumes(old).into_iter().chain(records).collect();
    Action::Container(ContainerAction::Remove { container, id, leaves, file_volumes })
}

/// Whether the volume at that path of a container of this environment holds copied files alone.
pub(super) fn holds_files(container: &Container, path: &str) -> bool {
    own_volumes(&labelled(&container.labels)).contains(trimmed(path))
}

/// The volumes of a container that hold copied files alone.
#[must_use]
pub fn file_volumes(old: &Container) -> Vec<String> {
    let own = old.mounts.iter().filter(|mounted| holds_files(old, &mounted.path));
    let mut names: Vec<String> = own.filter_map(|mounted| mounted.anonymous().map(str::to_owned)).collect();
    // Engines tell them in any order.
    names.sort();
    names
}

/// The anonymous volumes that a container of this environment leaves behind when it is removed. Those that the file
/// names, or that an unmanaged container has as well, are somebody's.
fn left_by(builder: &Builder<'_>, ship: ShipId, old: &Container) -> Vec<LeftBehind> {
    let environment = builder.environment;
    let is_ours = |container: &Container| {
        container.labels.get(LABEL_ENVIRONMENT).is_some_and(|of| *of == environment.name)
    };
    let Some(instance) = old.labels.get(LABEL_INSTANCE).filter(|_| is_ours(old)) else { return Vec::new() };
    let others = || {
        let all = builder.holdings(ship).into_iter().flat_map(|holdings| holdings.containers.values());
        all.filter(|other| other.id != old.id)
    };
    let is_kept = |volume: &str| {
        let fate = builder.plan.volumes.iter().find(|one| one.volume == volume).map(|one| &one.fate);
        let is_siblings = || {
            let is_sibling =
                |other: &Container| is_ours(other) && other.labels.get(LABEL_INSTANCE) == Some(instance);
            !matches!(builder.plan.command, Command::Clean | Command::Down)
                && others().any(|other| is_sibling(other) && has(other, volume))
        };
        is_named(environment, volume)
            || others().any(|other| !is_ours(other) && has(other, volume))
            || fate.map_or_else(is_siblings, VolumeOutcome::is_carried)
    };
    let kept = old.mounts.iter().filter(|mounted| !holds_files(old, &mounted.path));
    let anonymous = kept.filter_map(|mounted| Some((mounted.anonymous()?, &mounted.path)));
    let left = anonymous.filter(|(volume, _)| !is_kept(volume)).map(|(volume, path)| LeftBehind {
        volume: volume.to_owned(),
        environment: environment.name.clone(),
        instance: instance.clone(),
        path: path.clone(),
    });
    let mut left: Vec<LeftBehind> = left.collect();
    // Engines tell them in any order.
    left.sort_by(|a, b| a.path.cmp(&b.path));
    left
}

/// Whether the file mounts the volume of that name.
pub(super) fn is_named(environment: &Environment, volume: &str) -> bool {
    environment.instances.iter().flat_map(|one| &one.container.mounts).any(|mount| mount.source == volume)
}

/// Whether a container has a volume.
pub(super) fn has(container: &Container, volume: &str) -> bool {
    let is_it = |source: &Source| matches!(source, Source::Volume(name) if name == volume);
    container.mounts.iter().any(|mounted| is_it(&mounted.source))
}

/// Whether a container has a mount through `volumes_from`: then it is the other's, and comes and goes with that.
fn is_anothers(builder: &Builder<'_>, id: InstanceId, old: &Container, mounted: &Source) -> bool {
    let instance = builder.environment.instance(id);
    let Some(holdings) = builder.holdings(instance.ship) else { return false };
    let described = holdings.descriptions.get(&old.id).map(|description| &description.volumes_from);
    let container = |name| builder.environment.instance_named(name).map_or(name, Instance::container_name);
    let declared = sources(&instance.container).map(container);
    let from = declared.chain(described.into_iter().flatten().map(|from| source(from)));
    let mut others = from.filter_map(|name| {
        let by_id = || holdings.containers.values().find(|other| other.id == name);
        holdings.containers.get(name).or_else(by_id)
    });
    others.any(|other| other.mounts.iter().any(|mount| mount.source == *mounted))
}

/// A path without the slash at its end: engines leave it out.
fn trimmed(path: &str) -> &str {
    if path.len() > 1 { path.trim_end_matches('/') } else { path }
}
