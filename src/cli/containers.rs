//! The containers of the instances and orphans that a command names, where it only looks at them.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::{
    error::{End, Problem},
    fleet::Fleet,
    orphans::Named,
    session::Session,
};
use maestro_core::{
    model::{InstanceId, ShipId, filter::Filter},
    observed::{Container, InstanceState, Observed},
    plan::{Orphan, moves::on_old_ship},
};
use maestro_engine::{
    connect::Routes,
    observe::{Question, observe},
};
use maestro_report::{
    logs::LogName,
    programs,
    status::{EntrySubject, Findings, Status},
    text::harmless,
};

/// What a command looks at.
pub(super) struct Looked {
    /// The instances that are meant.
    pub instances: BTreeSet<InstanceId>,
    /// The orphans that are meant.
    pub orphans: Vec<Orphan>,
    pub fleet: Fleet,
}

/// A container that is looked at.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub ship: ShipId,
    pub container: Container,
    /// Its instance; none of an orphan.
    pub instance: Option<InstanceId>,
    /// What it is called if it is a task of a service on a Swarm. Then its ship is one of [`TasksInPlace::engines`] alone.
    pub task: Option<LogName>,
}

impl Found {
    /// The instance's name, or the container's of an orphan.
    pub(super) fn name(&self, session: &Session) -> String {
        if let Some(task) = &self.task {
            return task.instance.clone();
        }
        self.instance.map_or_else(
            || self.container.name.clone(),
            |instance| session.environment.instance(instance).name.clone(),
        )
    }

    /// The ship's name.
    pub(super) fn ship(&self, session: &Session) -> String {
        self.task
            .as_ref()
            .map_or_else(|| session.environment.ship(self.ship).name.clone(), |task| task.ship.clone())
    }

    /// The instance's service.
    pub(super) fn service(&self, session: &Session) -> Option<String> {
        let environment = &session.environment;
        self.instance.map(|id| environment.service(environment.instance(id).service).name.clone())
    }
}

/// The names of containers, a line each.
pub(super) fn names(session: &Session, found: &[Found]) -> String {
    found.iter().flat_map(|found| [harmless(&found.name(session)).into_owned(), "\n".to_owned()]).collect()
}

impl Looked {
    /// Asks the ships of what is named; says of what is named that it has no instances.
    pub(super) async fn at(
        session: &Session,
        things: &[String],
        question: Question,
    ) -> Result<Self, Problem> {
        let looked = Self::silently_at(session, things, question).await?;
        if looked.instances.is_empty() && looked.orphans.is_empty() {
            for name in things {
                session.note(&programs::no_instances(name, &session.invocation))?;
            }
        }
        Ok(looked)
    }

    /// Asks the ships of what is named.
    pub(super) async fn silently_at(
        session: &Session,
        things: &[String],
        question: Question,
    ) -> Result<Self, Problem> {
        let named = Named::of(session, things, |names| session.select_named(names)).await?;
        let mut fleet = session.connect_and_observe_ships(&named.ships(session), question).await;
        let routes = Routes::new(&session.variables);
        fleet.refresh_old_ships(&session.environment, &routes, &named.instances, question).await;
        let Named { instances, orphans } = named;
        Ok(Self { instances, orphans, fleet })
    }

    /// The same, of what the filters keep. States are those that lists of containers tell: no check is tried.
    pub(super) fn kept(mut self, session: &Session, filters: &[Filter]) -> Self {
        if filters.is_empty() {
            return self;
        }
        let (environment, filter) = (&session.environment, Filter::merged(filters));
        let ids: Vec<InstanceId> = self.instances.iter().copied().collect();
        let observed = &self.fleet.observed;
        let status = Status::of(environment, observed, &ids, &self.orphans, &Findings::new());
        let (mut instances, mut orphans) = (BTreeSet::new(), Vec::new());
        for entry in status.entries {
            let is_kept = filter.keeps_ship(&environment.ship(entry.ship).name)
                && filter.keeps_service(entry.service.as_deref())
                && filter.keeps_states(&entry.states);
            match entry.subject {
                EntrySubject::Instance(id) if is_kept => {
                    instances.insert(id);
                }
                EntrySubject::Orphan(at) if is_kept => orphans.extend(self.orphans.get(at).cloned()),
                EntrySubject::Instance(_) | EntrySubject::Orphan(_) => {}
            }
        }
        (self.instances, self.orphans) = (instances, orphans);
        self
    }

    /// Asks the ships again what they have.
    pub(super) async fn refresh(&mut self, session: &Session, question: Question) {
        let asked = self.fleet.engines.iter().enumerate().map(|(at, engine)| async move {
            let engine = engine.as_ref()?;
            Some((at, observe(&**engine, &session.environment.name, question).await))
        });
        for (at, state) in join_all(asked).await.into_iter().flatten() {
            self.fleet.observed.ships[at] = state;
        }
    }

    /// The containers that there are.
    pub(super) fn containers(&self, session: &Session) -> Vec<Found> {
        let environment = &session.environment;
        let by_label = self.fleet.observed.by_label(environment);
        let on_old_ship = on_old_ship(environment, &by_label);
        let instances = self.instances.iter().filter_map(|&id| {
            if let Some(old) = on_old_ship.get(&id) {
                return Some(Found {
                    ship: old.ship,
                    container: old.container.clone(),
                    instance: Some(id),
                    task: None,
                });
            }
            let InstanceState::Ours(container) = by_label.instance(environment, id) else { return None };
            let ship = environment.instance(id).ship;
            Some(Found { ship, container: container.clone(), instance: Some(id), task: None })
        });
        let orphans = self.orphans.iter().filter_map(|orphan| {
            let holdings = by_label.holdings(orphan.ship)?;
            let container = holdings.container(&orphan.id)?;
            Some(Found { ship: orphan.ship, container: container.clone(), instance: None, task: None })
        });
        instances.chain(orphans).collect()
    }

    /// Says of instances without a container why, and how the command ends because of that. An instance that was not named
    /// may be absent.
    pub(super) fn tell_missing(&self, session: &Session, is_named: bool) -> Result<End, Problem> {
        let environment = &session.environment;
        let observed: &Observed = &self.fleet.observed.by_label(environment);
        let on_old_ship = on_old_ship(environment, observed);
        let mut end = End::Done;
        for &id in self.instances.iter().filter(|id| !on_old_ship.contains_key(id)) {
            let instance = environment.instance(id);
            let (name, ship) = (&instance.name, &environment.ship(instance.ship).name);
            let (text, worse) = match observed.instance(environment, id) {
                // The ships that do not answer are told together.
                InstanceState::Ours(_) | InstanceState::Unknown | InstanceState::Unreachable { .. } => {
                    continue;
                }
                InstanceState::Absent if !is_named => continue,
                InstanceState::Absent => (format!("{name}: it has no container on ship {ship}"), End::Failed),
                InstanceState::Unmanaged(_) => (
                    format!("{name}: ship {ship} has a container of this name, but it is unmanaged"),
                    End::Refused,
                ),
            };
            end = end.worse(worse);
            session.note(&text)?;
        }
        let elsewhere = |id: &InstanceId| on_old_ship.contains_key(id);
        let instances = self.instances.iter().copied().filter(|id| !elsewhere(id));
        Ok(end.worse(session.tell_silent(observed, instances)?))
    }
}
