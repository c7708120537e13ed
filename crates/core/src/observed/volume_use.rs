//! The volumes of an environment: what the file declares, what its containers mount and what they have left behind.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Container, Holdings, Observed,
    copy_mark::{CopyMark, KeptVolume},
    mounts::Source,
    restore_mark::RestoreMark,
};
use crate::model::{
    Environment, ShipId,
    container::{LABEL_ENVIRONMENT, LABEL_INSTANCE, MountKind},
    file_label::LABEL_FILES,
    network::LABEL_PROJECT,
};

/// What the labels of Maestro's own records begin with: such a volume holds no data.
const RECORDS: &str = "maestro-";

/// A volume of an environment on a ship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedVolume {
    /// Its ship.
    pub ship: ShipId,
    /// Its name.
    pub name: String,
    /// What it is to the environment.
    pub role: VolumeRole,
    /// Whether the ship has it.
    pub exists: bool,
    /// The other environment or Compose project that its labels name.
    pub other_owner: Option<String>,
    /// Whether a restore of it was not completed, or a move that copies it.
    pub is_incomplete: bool,
    /// The ship that its instance has moved to with a copy of it, so that it is only kept.
    pub moved_to: Option<String>,
    /// The instances that use it, each with the path inside.
    pub users: BTreeSet<VolumeUser>,
    /// The containers that have it, running or not.
    pub containers: Vec<VolumeContainer>,
}

/// Whose a volume is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolumeRole {
    /// The file declares it, or an instance of the file mounts it by its name.
    Declared,
    /// The file declares it, and somebody else makes and removes it.
    External,
    /// A container of the environment has it, and no file gives it a name.
    Anonymous,
    /// It was the environment's: no instance of the file uses it any more.
    LeftOver,
}

/// An instance that uses a volume.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VolumeUser {
    /// Its name.
    pub instance: String,
    /// The path inside.
    pub path: String,
}

/// A container that has a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeContainer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it runs, or is paused.
    pub is_up: bool,
    /// The instance of the environment whose container it is; none if it is not the environment's.
    pub instance: Option<String>,
}

/// The volumes of an environment on the ships that answered, as far as volumes and what was left behind were asked for.
#[must_use]
pub fn volumes(environment: &Environment, observed: &Observed) -> Vec<UsedVolume> {
    let mut all = Vec::new();
    for ship in environment.ship_ids() {
        let Some(holdings) = observed.holdings(ship) else { continue };
        all.extend(of_ship(environment, ship, holdings));
    }
    all
}

fn of_ship(environment: &Environment, ship: ShipId, holdings: &Holdings) -> Vec<UsedVolume> {
    let there = holdings.volumes.as_ref();
    let mut found: BTreeMap<String, UsedVolume> = BTreeMap::new();
    let volume = |name: &str, role| UsedVolume {
        ship,
        name: name.to_owned(),
        role,
        exists: there.is_some_and(|there| there.contains_key(name)),
        other_owner: there.and_then(|there| other_owner(there.get(name)?, &environment.name)),
        is_incomplete: is_incomplete(holdings, &environment.name, name),
        moved_to: there.and_then(|there| Some(KeptVolume::among(there, &environment.name, name)?.to)),
        users: BTreeSet::new(),
        containers: Vec::new(),
    };
    for instance in environment.instances.iter().filter(|instance| instance.ship == ship) {
        let named = instance.container.mounts.iter().filter(|mount| mount.kind() == MountKind::Volume);
        for mount in named {
            let external = environment.volume_named(&mount.source).is_some_and(|volume| volume.external);
            let role = if external { VolumeRole::External } else { VolumeRole::Declared };
            let one = found.entry(mount.source.clone()).or_insert_with(|| volume(&mount.source, role));
            one.users.insert(VolumeUser { instance: instance.name.clone(), path: mount.target.clone() });
        }
    }
    for (name, labels) in there.into_iter().flatten() {
        let is_ours = labels.get(LABEL_ENVIRONMENT).is_some_and(|of| *of == environment.name);
        let holds_data = !name.starts_with(RECORDS) && !labels.contains_key(LABEL_FILES);
        if is_ours && holds_data {
            let declared = environment.volume_named(name).is_some();
            let role = if declared { VolumeRole::Declared } else { VolumeRole::LeftOver };
            found.entry(name.clone()).or_insert_with(|| volume(name, role));
        }
    }
    for left in &holdings.left_behind {
        let one =
            found.entry(left.volume.clone()).or_insert_with(|| volume(&left.volume, VolumeRole::LeftOver));
        one.users.insert(VolumeUser { instance: left.instance.clone(), path: left.path.clone() });
    }
    let mut containers: Vec<&Container> = holdings.containers.values().collect();
    containers.sort_by(|a, b| a.name.cmp(&b.name));
    for container in containers {
        mounted(environment, container, there, &mut found, &volume);
    }
    found.into_values().collect()
}

/// Notes what a container has.
fn mounted(
    environment: &Environment,
    container: &Container,
    there: Option<&BTreeMap<String, BTreeMap<String, String>>>,
    found: &mut BTreeMap<String, UsedVolume>,
    volume: &dyn Fn(&str, VolumeRole) -> UsedVolume,
) {
    let is_ours = container.labels.get(LABEL_ENVIRONMENT).is_some_and(|of| *of == environment.name);
    let instance = container.labels.get(LABEL_INSTANCE).filter(|_| is_ours);
    for mounted in &container.mounts {
        let Source::Volume(name) = &mounted.source else { continue };
        let of_files =
            there.and_then(|there| there.get(name)).is_some_and(|labels| labels.contains_key(LABEL_FILES));
        if of_files {
            continue;
        }
        let one = match instance {
            Some(instance) => {
                let role = match mounted.anonymous() {
                    Some(_) => VolumeRole::Anonymous,
                    None => VolumeRole::LeftOver,
                };
                let one = found.entry(name.clone()).or_insert_with(|| volume(name, role));
                if one.role == VolumeRole::LeftOver && role == VolumeRole::Anonymous {
                    one.role = role;
                }
                one.users.insert(VolumeUser { instance: instance.clone(), path: mounted.path.clone() });
                one
            }
            // Volumes of others are none of the environment's, unless it has them too.
            None => match found.get_mut(name) {
                Some(one) => one,
                None => continue,
            },
        };
        one.containers.push(VolumeContainer {
            id: container.id.clone(),
            name: container.name.clone(),
            is_up: container.state.is_up(),
            instance: instance.cloned(),
        });
    }
}

/// The environment or Compose project that labels name, if that is another.
fn other_owner(labels: &BTreeMap<String, String>, environment: &str) -> Option<String> {
    let named = [LABEL_ENVIRONMENT, LABEL_PROJECT].map(|label| labels.get(label));
    let is_ours = named.iter().flatten().any(|of| *of == environment);
    named.into_iter().flatten().find(|_| !is_ours).cloned()
}

/// Whether a restore of a volume was not completed.
fn is_incomplete(holdings: &Holdings, environment: &str, name: &str) -> bool {
    let mark = RestoreMark { environment: environment.to_owned(), volume: name.to_owned() };
    let record = holdings.volumes.as_ref().and_then(|there| there.get(&mark.record()));
    record.is_some_and(|labels| RestoreMark::from_labels(&mark.record(), labels).as_ref() == Some(&mark))
}

/// The volumes of a ship whose restores were not completed.
#[must_use]
pub fn incomplete(environment: &str, holdings: &Holdings) -> Vec<String> {
    let marks = holdings.volumes.iter().flatten();
    let marks = marks.filter_map(|(name, labels)| RestoreMark::from_labels(name, labels));
    let own = marks.filter(|mark| mark.environment == environment).map(|mark| mark.volume);
    // Of a copy that no instance has taken, the instance tells.
    let is_copy = |volume: &String| {
        let there = holdings.volumes.as_ref();
        there.is_some_and(|there| CopyMark::among(there, environment, volume).is_some())
    };
    own.filter(|volume| !is_copy(volume)).collect()
}
