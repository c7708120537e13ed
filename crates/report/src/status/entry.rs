//! What a status says of each instance and orphan, as data.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    finding::{Findings, InstanceDetails, NotReady},
    seen::Seen,
    words,
};
use crate::{explain::engine, id::short_id, text::harmless};
use maestro_core::{
    model::{
        Environment, Instance, InstanceId, ShipId,
        container::tagged_image,
        filter::{Filter, StateWord},
    },
    observed::{ConfigComparison, Container, ContainerState, InstanceState, Observed, ShipState},
    plan::{
        Orphan,
        moves::{OnOldShip, on_old_ship},
    },
};

/// How something stands, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryState {
    /// It does not work.
    Failed,
    /// Its ship does not answer.
    Unreachable,
    /// It has no container.
    Absent,
    /// It needs a look.
    Attention,
    /// The file does not declare it.
    Orphan,
    /// It is ready.
    Ready,
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntrySubject {
    /// An instance of the file.
    Instance(InstanceId),
    /// The orphan with that place in the list of all.
    Orphan(usize),
}

/// An instance or orphan. All its text is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusEntry {
    /// What it is about.
    pub subject: EntrySubject,
    /// The name of the instance, or of the orphan's container.
    pub name: String,
    /// Its service; none if the file declares none for it.
    pub service: Option<String>,
    /// The ship that it is shown on.
    pub ship: ShipId,
    /// How it stands.
    pub standing: EntryState,
    /// Every state that it is in, as a filter names it.
    pub states: Vec<StateWord>,
    /// Its state in words, with the reason.
    pub state: String,
    /// The first 12 characters of its container's id; empty if it has none.
    pub container: String,
    /// Its container's image; empty if it has none.
    pub image: String,
    /// Since when its container is in its state; empty if that is not known.
    pub age: String,
}

/// A ship that does not answer. All its text is harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silent {
    /// The ship.
    pub ship: ShipId,
    /// Why.
    pub reason: String,
}

/// The status of an environment, or of a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// How many ships were asked.
    pub ships: usize,
    /// How many instances there are, whatever a filter of states keeps.
    pub instances: usize,
    /// How many of these are ready.
    pub ready: usize,
    /// Instances in start order, then orphans.
    pub entries: Vec<StatusEntry>,
    /// The ships that do not answer.
    pub silent: Vec<Silent>,
}

impl Status {
    /// The status of `instances` and `orphans`.
    #[must_use]
    pub fn of(
        environment: &Environment,
        observed: &Observed,
        instances: &[InstanceId],
        orphans: &[Orphan],
        findings: &Findings,
    ) -> Self {
        let by_label = observed.by_label(environment);
        let moved = on_old_ship(environment, &by_label);
        let mut entries = Vec::new();
        for &id in instances {
            let seen = Seen { environment, observed: &by_label, id, finding: findings.get(&id) };
            entries.push(match moved.get(&id) {
                Some(old) => seen.moved(*old),
                None => seen.entry(),
            });
        }
        let ready = entries.iter().filter(|entry| entry.states.contains(&StateWord::Ready)).count();
        for (place, orphan) in orphans.iter().enumerate() {
            entries.extend(stray(observed, orphan, place));
        }
        let asked = |id: &ShipId| !matches!(observed.ship(*id), ShipState::NotAsked);
        let silent = environment.ship_ids().filter_map(|ship| match observed.ship(ship) {
            ShipState::Unreachable { reason } => {
                Some(Silent { ship, reason: harmless(&engine::ship(reason)).into_owned() })
            }
            ShipState::NotAsked | ShipState::Answering(_) => None,
        });
        Self {
            ships: environment.ship_ids().filter(asked).count(),
            instances: instances.len(),
            ready,
            entries,
            silent: silent.collect(),
        }
    }

    /// What a filter of states keeps of it.
    #[must_use]
    pub fn filtered(mut self, filter: &Filter) -> Self {
        self.entries.retain(|entry| filter.keeps_states(&entry.states));
        if !filter.is_for_all_states() {
            let ships: BTreeSet<ShipId> = self
                .entries
                .iter()
                .filter(|one| one.standing == EntryState::Unreachable)
                .map(|one| one.ship)
                .collect();
            self.silent.retain(|silent| ships.contains(&silent.ship));
        }
        self
    }

    /// The instances that it shows.
    pub fn shown_instances(&self) -> impl Iterator<Item = InstanceId> {
        self.entries.iter().filter_map(|entry| match entry.subject {
            EntrySubject::Instance(id) => Some(id),
            EntrySubject::Orphan(_) => None,
        })
    }

    /// Whether any instance is down or not ready; those of ships that do not answer are not counted.
    #[must_use]
    pub fn is_any_unready(&self) -> bool {
        self.entries.iter().any(|entry| {
            matches!(entry.subject, EntrySubject::Instance(_)) && entry.states.contains(&StateWord::NotReady)
        })
    }
}

impl Seen<'_> {
    fn entry(self) -> StatusEntry {
        let instance = self.environment.instance(self.id);
        let state = self.observed.instance(self.environment, self.id);
        let container = match state {
            InstanceState::Ours(container) | InstanceState::Unmanaged(container) => Some(container),
            InstanceState::Absent | InstanceState::Unreachable { .. } | InstanceState::Unknown => None,
        };
        let ready = is_ready(instance, state, self.finding);
        let mut states = state_words(state, ready, self.finding);
        let differs = differs(self.environment, self.observed, self.id, state);
        if differs {
            states.push(StateWord::Differs);
        }
        let mut words = words::state(self, state);
        if differs {
            words.push_str(&words::differs(self.finding));
        }
        if has_other_peers(self.environment, self.id, state) {
            words.push_str(words::OTHER_PEERS);
        }
        let standing = match standing(state, ready) {
            EntryState::Ready if differs => EntryState::Attention,
            standing => standing,
        };
        self.shown(instance.ship, container, standing, states, words)
    }

    /// An instance whose container is on another ship than the one that the file names.
    fn moved(self, OnOldShip { ship, container }: OnOldShip<'_>) -> StatusEntry {
        let instance = self.environment.instance(self.id);
        let state = InstanceState::Ours(container);
        let ready = is_ready(instance, state, self.finding);
        let mut states = state_words(state, ready, self.finding);
        states.push(StateWord::OnOldShip);
        let there = &self.environment.ship(self.environment.instance(self.id).ship).name;
        let words = words::state(self, state) + &words::moved(there);
        self.shown(ship, Some(container), standing(state, ready).min(EntryState::Attention), states, words)
    }

    fn shown(
        self,
        ship: ShipId,
        container: Option<&Container>,
        standing: EntryState,
        states: Vec<StateWord>,
        state: String,
    ) -> StatusEntry {
        let instance = self.environment.instance(self.id);
        StatusEntry {
            subject: EntrySubject::Instance(self.id),
            name: harmless(&instance.name).into_owned(),
            service: Some(harmless(&self.environment.service(instance.service).name).into_owned()),
            ship,
            standing,
            states,
            state,
            container: container.map(|container| short_id(&container.id)).unwrap_or_default(),
            image: container.map(|container| image(&container.image)).unwrap_or_default(),
            age: container.map(words::age).unwrap_or_default(),
        }
    }
}

/// An orphan, if its engine lists its container. It has no service: the file declares none for it.
fn stray(observed: &Observed, orphan: &Orphan, place: usize) -> Option<StatusEntry> {
    let container = orphan_container(observed, orphan)?;
    Some(StatusEntry {
        subject: EntrySubject::Orphan(place),
        name: harmless(&orphan.container).into_owned(),
        service: None,
        ship: orphan.ship,
        standing: EntryState::Orphan,
        states: vec![StateWord::Orphan],
        state: words::orphan(container, &orphan.reason),
        container: short_id(&container.id),
        image: image(&container.image),
        age: words::age(container),
    })
}

/// The container of an orphan, as its engine listed it.
pub(super) fn orphan_container<'a>(observed: &'a Observed, orphan: &Orphan) -> Option<&'a Container> {
    observed.holdings(orphan.ship)?.container(&orphan.id)
}

/// Name and tag of an image; in place of a digest, its beginning.
fn image(reference: &str) -> String {
    let (name, digest) = match reference.split_once("sha256:") {
        Some((name, digest)) => (format!("{name}sha256:"), digest),
        None => return harmless(&tagged_image(reference)).into_owned(),
    };
    harmless(&(name + &digest.chars().take(12).collect::<String>())).into_owned()
}

/// Whether an instance is ready; none where that is not known.
pub(super) fn is_ready(
    instance: &Instance,
    state: InstanceState<'_>,
    finding: Option<&InstanceDetails>,
) -> Option<bool> {
    match state {
        InstanceState::Unreachable { .. } | InstanceState::Unknown => None,
        InstanceState::Absent | InstanceState::Unmanaged(_) => Some(false),
        InstanceState::Ours(container) if container.has_completed(instance) => Some(true),
        InstanceState::Ours(container) if container.state != ContainerState::Running => Some(false),
        InstanceState::Ours(container) => match finding.and_then(|finding| finding.ready.as_ref()) {
            Some(found) => Some(found.is_ok()),
            None => Some(!container.is_unhealthy()),
        },
    }
}

fn standing(state: InstanceState<'_>, ready: Option<bool>) -> EntryState {
    match (state, ready) {
        (InstanceState::Unreachable { .. }, _) => EntryState::Unreachable,
        (InstanceState::Absent | InstanceState::Unknown, _) => EntryState::Absent,
        (InstanceState::Unmanaged(_), _) => EntryState::Attention,
        (InstanceState::Ours(_), Some(true)) => EntryState::Ready,
        (InstanceState::Ours(container), _) => match container.state {
            ContainerState::Paused | ContainerState::Removing | ContainerState::Other(_) => {
                EntryState::Attention
            }
            ContainerState::Created
            | ContainerState::Running
            | ContainerState::Restarting
            | ContainerState::Exited
            | ContainerState::Dead => EntryState::Failed,
        },
    }
}

fn state_words(
    state: InstanceState<'_>,
    ready: Option<bool>,
    finding: Option<&InstanceDetails>,
) -> Vec<StateWord> {
    let mut words = Vec::new();
    words.extend(ready.map(|ready| if ready { StateWord::Ready } else { StateWord::NotReady }));
    let not_ready = finding.and_then(|finding| finding.ready.as_ref()?.as_ref().err());
    match state {
        InstanceState::Absent => words.push(StateWord::Absent),
        InstanceState::Unreachable { .. } => words.push(StateWord::Unreachable),
        InstanceState::Unmanaged(_) => words.push(StateWord::Unmanaged),
        InstanceState::Unknown => {}
        InstanceState::Ours(container) => {
            words.extend(match container.state {
                ContainerState::Created => Some(StateWord::Created),
                ContainerState::Running => Some(StateWord::Up),
                ContainerState::Paused => Some(StateWord::Paused),
                ContainerState::Restarting => Some(StateWord::Restarting),
                ContainerState::Exited | ContainerState::Dead if ready == Some(true) => None,
                ContainerState::Exited | ContainerState::Dead => Some(StateWord::Down),
                ContainerState::Removing | ContainerState::Other(_) => None,
            });
            if container.is_unhealthy() {
                words.push(StateWord::Unhealthy);
            }
            if container.state == ContainerState::Running
                && matches!(not_ready, Some(NotReady::Restarting(_)))
            {
                words.push(StateWord::Restarting);
            }
        }
    }
    words
}

/// Whether a container that is up was made from another configuration than the file has now, or from an image whose name
/// is another image's by now.
#[must_use]
pub fn differs(
    environment: &Environment,
    observed: &Observed,
    id: InstanceId,
    state: InstanceState<'_>,
) -> bool {
    match state {
        InstanceState::Ours(container) if container.state.is_up() => {
            let instance = environment.instance(id);
            let image =
                observed.holdings(instance.ship).and_then(|on| on.image_id(&instance.container.image));
            let moved =
                image.is_some_and(|image| !container.image_id.is_empty() && image != container.image_id);
            moved
                || matches!(
                    container.made(&instance.container),
                    ConfigComparison::Otherwise | ConfigComparison::Unknown
                )
        }
        _ => false,
    }
}

/// Whether a container that is up was told of other peers than the file has now, and is made as the file says otherwise.
pub(super) fn has_other_peers(environment: &Environment, id: InstanceId, state: InstanceState<'_>) -> bool {
    match state {
        InstanceState::Ours(container) if container.state.is_up() => {
            container.made(&environment.instance(id).container) == ConfigComparison::WithOtherPeers
        }
        InstanceState::Ours(_)
        | InstanceState::Unmanaged(_)
        | InstanceState::Absent
        | InstanceState::Unreachable { .. }
        | InstanceState::Unknown => false,
    }
}

/// The name of a ship, or its address.
pub(super) fn ship_name(environment: &Environment, ship: ShipId, show_hosts: bool) -> Cow<'_, str> {
    let ship = environment.ship(ship);
    harmless(if show_hosts { &ship.address } else { &ship.name })
}
