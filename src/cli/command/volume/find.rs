//! Finds the volume that the command line names.

use std::collections::BTreeSet;

use crate::cli::{
    args::Where,
    error::{End, Problem},
    fleet::Fleet,
    only,
    session::Session,
};
use maestro_core::{
    model::{InstanceId, ShipId},
    observed::{
        InstanceState,
        mounts::{Mounted, Source},
        volume_use::{UsedVolume, VolumeRole, volumes},
    },
};
use maestro_engine::{CarrierMount, observe::Question};
use maestro_report::{explain, problem::CommandProblem, silent, text::harmless};

/// What the command line names: a volume, or a directory of a ship that an instance mounts.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub ship: ShipId,
    pub mount: CarrierMount,
    /// What is known of the volume; none of a directory.
    pub volume: Option<UsedVolume>,
}

impl Found {
    /// Its name, or its path on the ship.
    pub(super) fn name(&self) -> &str {
        match &self.mount {
            CarrierMount::Volume(name) | CarrierMount::Directory(name) => name,
        }
    }

    /// Whether the ship has it, as far as that is known.
    pub(super) fn exists(&self) -> bool {
        self.volume.as_ref().is_none_or(|volume| volume.exists)
    }
}

/// Asks ships for their containers and volumes.
pub(super) async fn fleet(session: &Session, ships: &BTreeSet<ShipId>) -> Fleet {
    let question = Question { left_behind: true, identity: true, ..Question::default() };
    let mut fleet = session.connect_and_observe_ships(ships, question).await;
    fleet.ask_for_volumes().await;
    fleet
}

/// Tells of ships that do not answer, and how the command ends for it.
pub(super) fn tell_silent(session: &Session, fleet: &Fleet) -> Result<End, Problem> {
    session.ship_notes(&fleet.told())?;
    let environment = &session.environment;
    for text in silent::sentences(environment, &fleet.observed, environment.ship_ids()) {
        session.note(&format!("volumes are left out: {text}"))?;
    }
    Ok(if fleet.is_incomplete() { End::Unreachable } else { End::Done })
}

/// What a volume is named by.
enum Name<'a> {
    /// Its own name.
    Volume(&'a str),
    /// An instance, and the path inside.
    Inside(InstanceId, &'a str),
}

fn parse<'a>(session: &Session, text: &'a str) -> Result<Name<'a>, Problem> {
    let Some((instance, path)) = text.split_once(':') else { return Ok(Name::Volume(text)) };
    Ok(Name::Inside(only::instance(session, instance, &format!(":{path}"))?, path))
}

/// Asks the ships for the volumes that are named, and finds them.
pub(super) async fn find(
    session: &Session,
    texts: &[String],
    place: &Where,
) -> Result<(Fleet, Vec<Found>), Problem> {
    let ship = place.ship.as_deref().map(|name| only::ship(session, name)).transpose()?;
    let names: Vec<Name<'_>> = texts.iter().map(|text| parse(session, text)).collect::<Result<_, _>>()?;
    let mut ships = BTreeSet::new();
    for name in &names {
        match (name, ship) {
            (Name::Inside(id, _), _) => drop(ships.insert(session.environment.instance(*id).ship)),
            (Name::Volume(_), Some(ship)) => drop(ships.insert(ship)),
            (Name::Volume(_), None) => ships.extend(session.environment.ship_ids()),
        }
    }
    let fleet = fleet(session, &ships).await;
    let all = volumes(&session.environment, &fleet.observed);
    let found = names.iter().map(|name| match name {
        Name::Volume(name) => named(session, &fleet, &all, name, ship),
        Name::Inside(id, path) => inside(session, &fleet, &all, *id, path),
    });
    let found = found.collect::<Result<_, _>>()?;
    Ok((fleet, found))
}

/// The volume of that name.
fn named(
    session: &Session,
    fleet: &Fleet,
    all: &[UsedVolume],
    name: &str,
    ship: Option<ShipId>,
) -> Result<Found, Problem> {
    let environment = &session.environment;
    // Compose gives volumes names that begin with the project's.
    let longer = format!("{}_{name}", environment.name);
    let on_ship = |volume: &&UsedVolume| ship.is_none_or(|ship| volume.ship == ship);
    let of = |name: &str| all.iter().filter(on_ship).filter(|volume| volume.name == name).collect::<Vec<_>>();
    let exact = of(name);
    let found = if exact.is_empty() { of(&longer) } else { exact };
    match &found[..] {
        [one] => Ok(Found {
            ship: one.ship,
            mount: CarrierMount::Volume(one.name.clone()),
            volume: Some((*one).clone()),
        }),
        [] => {
            let names: BTreeSet<&str> = all.iter().map(|volume| volume.name.as_str()).collect();
            let names: Vec<&str> = names.into_iter().collect();
            let mut problem =
                CommandProblem::new(format!("the environment has no volume `{}`", harmless(name)));
            for (ship, reason) in fleet.observed.silent() {
                problem =
                    problem.note(harmless(&explain::ship::unreachable(&environment.ship(ship).name, reason)));
            }
            problem = if names.is_empty() {
                problem.help(format!("`{} volume ls` lists the volumes", session.invocation))
            } else {
                problem.help(format!("there are: {}", harmless(&names.join(", "))))
            };
            let end = if fleet.is_incomplete() { End::Unreachable } else { End::Failed };
            Err(Problem::ended(problem, end))
        }
        [first, ..] => {
            let ships: Vec<&str> =
                found.iter().map(|volume| environment.ship(volume.ship).name.as_str()).collect();
            let problem = CommandProblem::new(format!(
                "several ships have a volume `{}`: {}",
                harmless(name),
                harmless(&ships.join(", "))
            ))
            .help(format!("add `--ship {}`", harmless(&environment.ship(first.ship).name)));
            Err(Problem::ended(problem, End::Failed))
        }
    }
}

/// What an instance mounts at that path.
fn inside(
    session: &Session,
    fleet: &Fleet,
    all: &[UsedVolume],
    id: InstanceId,
    path: &str,
) -> Result<Found, Problem> {
    let environment = &session.environment;
    let instance = environment.instance(id);
    let name = harmless(&instance.name);
    let trimmed = |path: &str| path.trim_end_matches('/').to_owned();
    let by_label = fleet.observed.by_label(environment);
    let mounts: Vec<Mounted> = match by_label.instance(environment, id) {
        InstanceState::Ours(container) => container.mounts.clone(),
        InstanceState::Absent => declared(session, id),
        InstanceState::Unmanaged(_) => {
            let problem = CommandProblem::new(format!(
                "{name}: its ship has a container of this name, but it is unmanaged; nothing was changed"
            ));
            return Err(Problem::ended(problem, End::Refused));
        }
        InstanceState::Unreachable { reason } => {
            let ship = &environment.ship(instance.ship).name;
            let problem = CommandProblem::new(harmless(&explain::ship::unreachable(ship, reason)));
            return Err(Problem::ended(problem, End::Unreachable));
        }
        InstanceState::Unknown => Vec::new(),
    };
    let mounted = mounts.iter().find(|mounted| trimmed(&mounted.path) == trimmed(path));
    let volume = |name: &str| {
        let known = all.iter().find(|volume| volume.ship == instance.ship && volume.name == name).cloned();
        Found { ship: instance.ship, mount: CarrierMount::Volume(name.to_owned()), volume: known }
    };
    match mounted.map(|mounted| &mounted.source) {
        Some(Source::Volume(name)) => Ok(volume(name)),
        Some(Source::Path(path)) => {
            Ok(Found { ship: instance.ship, mount: CarrierMount::Directory(path.clone()), volume: None })
        }
        Some(Source::Other(_)) | None => {
            let there: Vec<&str> = mounts.iter().map(|mounted| mounted.path.as_str()).collect();
            let problem = CommandProblem::new(format!("{name} has no volume at `{}`", harmless(path)));
            let problem = if there.is_empty() {
                problem.note("it has no volumes")
            } else {
                problem.note(format!("it has volumes at {}", harmless(&there.join(", "))))
            };
            let copy = format!("`{} cp {name}:{} .` copies other files", session.invocation, harmless(path));
            Err(Problem::ended(problem.help(copy), End::Failed))
        }
    }
}

/// What the file lets an instance mount.
fn declared(session: &Session, id: InstanceId) -> Vec<Mounted> {
    use maestro_core::model::container::MountKind;
    let mounts = session.environment.instance(id).container.mounts.iter();
    let each = mounts.map(|mount| Mounted {
        source: match mount.kind() {
            MountKind::Bind => Source::Path(mount.source.clone()),
            MountKind::Volume => Source::Volume(mount.source.clone()),
            MountKind::Image => Source::Other("image".to_owned()),
        },
        path: mount.target.clone(),
        writable: !mount.has("ro"),
    });
    each.collect()
}

/// Whether the environment may remove a volume or what is in it.
pub(super) fn is_own(volume: &UsedVolume) -> bool {
    let is_declared_elsewhere = match volume.role {
        VolumeRole::Declared | VolumeRole::Anonymous | VolumeRole::LeftOver => false,
        VolumeRole::External => true,
    };
    !is_declared_elsewhere && volume.other_owner.is_none()
}
