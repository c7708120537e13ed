//! Makes groups of what changes.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{
    data,
    group::{Group, Row, word},
    names::{names, of_target},
    sign::Sign,
};
use crate::{
    carried,
    explain::{difference, reason},
    text::harmless,
};
use maestro_core::{
    model::{
        Environment, ServiceId, ShipId,
        update::{OnFailure, Order},
    },
    plan::{
        Plan,
        action::{Action, ImageAction},
        changes::{Change, ChangeKind, ChangeTarget, Restored},
        reason::{BarrierKind, FileLine, Reason},
    },
    source::Sources,
};

/// Variables that tell a container its own image.
const OF_IMAGE: [&str; 2] = ["env.DOCKER_IMAGE", "env.DOCKER_TAG"];

/// What groups are made from.
pub(super) struct Maker<'a> {
    pub(super) plan: &'a Plan,
    pub(super) environment: &'a Environment,
    pub(super) sources: &'a Sources,
}

/// What has to be the same for things to stand in one group, their differences apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    rank: (usize, usize),
    kind: ChangeKind,
    service: Option<ServiceId>,
    order: Option<Order>,
    restored: Option<Restored>,
    reason: Option<String>,
}

/// One thing of a group.
struct Member<'a> {
    target: ChangeTarget<'a>,
    ship: ShipId,
    rows: Vec<Row>,
}

impl<'a> Maker<'a> {
    pub(super) fn changes(&self, changes: &[Change<'a>]) -> Vec<Group> {
        let mut by_key: IndexMap<Key, Vec<Member<'a>>> = IndexMap::new();
        for change in changes.iter().filter(|change| is_shown(change)) {
            let rows = self.rows(change);
            let member = Member { target: change.target, ship: change.target.ship(self.environment), rows };
            by_key.entry(self.key(change, &member.rows)).or_default().push(member);
        }
        by_key.sort_by(|one, _, other, _| one.rank.cmp(&other.rank));
        let mut groups = Vec::new();
        for (key, members) in by_key {
            groups.extend(alike(members).into_iter().map(|members| self.group(&key, &members)));
        }
        groups
    }

    fn key(&self, change: &Change<'_>, rows: &[Row]) -> Key {
        let instance = change.target.instance().filter(|_| change.order.is_some());
        let service = instance.map(|id| self.environment.instance(id).service);
        let reason = (!is_implied(change.reason, !rows.is_empty()))
            .then(|| harmless(&reason::sentence(change.reason, self.plan.command)).into_owned());
        Key {
            rank: (rank(change.kind), class(change.target)),
            kind: change.kind,
            service,
            order: change.order,
            restored: change.on_failure,
            reason,
        }
    }

    fn group(&self, key: &Key, members: &[Member<'_>]) -> Group {
        let mut details = Vec::new();
        let ships: BTreeSet<ShipId> = members.iter().map(|member| member.ship).collect();
        match key.kind {
            ChangeKind::Move { from } => {
                let from = harmless(&self.environment.ship(from).name).into_owned();
                details.push(format!("{from} → {}", self.ships(&ships)));
            }
            ChangeKind::Create
            | ChangeKind::Start { .. }
            | ChangeKind::Replace
            | ChangeKind::Update
            | ChangeKind::Restart { .. }
            | ChangeKind::Reload
            | ChangeKind::Rename
            | ChangeKind::Pull
            | ChangeKind::Check
            | ChangeKind::Stop
            | ChangeKind::Kill
            | ChangeKind::Pause
            | ChangeKind::Unpause
            | ChangeKind::Remove
            | ChangeKind::RemoveLeftovers => details.extend(self.on(&ships)),
        }
        details.extend(self.how(key, members.len()));
        details.extend(key.reason.clone());
        Group {
            sign: Sign::of(key.kind),
            names: self.targets(members.iter().map(|member| member.target)),
            word: word(key.kind),
            details,
            rows: self.merged(members),
        }
    }

    /// `on alpha and beta`; nothing if there is only one ship.
    pub(super) fn on(&self, ships: &BTreeSet<ShipId>) -> Option<String> {
        (self.environment.ships.len() > 1).then(|| format!("on {}", self.ships(ships)))
    }

    fn ships(&self, ships: &BTreeSet<ShipId>) -> String {
        const SHOWN: usize = 4;
        if ships.len() > SHOWN {
            return format!("{} ships", ships.len());
        }
        let names: Vec<_> = ships.iter().map(|ship| harmless(&self.environment.ship(*ship).name)).collect();
        names.join(", ")
    }

    /// Which container comes first, how many at once, and what a failure does.
    fn how(&self, key: &Key, members: usize) -> Vec<String> {
        let mut how = Vec::new();
        match key.kind {
            ChangeKind::Start { is_new: true } => how.push("in a new container".to_owned()),
            ChangeKind::Restart { is_new: false } => how.push("in the same container".to_owned()),
            ChangeKind::Create
            | ChangeKind::Start { is_new: false }
            | ChangeKind::Replace
            | ChangeKind::Update
            | ChangeKind::Restart { is_new: true }
            | ChangeKind::Move { .. }
            | ChangeKind::Reload
            | ChangeKind::Rename
            | ChangeKind::Pull
            | ChangeKind::Check
            | ChangeKind::Stop
            | ChangeKind::Kill
            | ChangeKind::Pause
            | ChangeKind::Unpause
            | ChangeKind::Remove
            | ChangeKind::RemoveLeftovers => {}
        }
        match key.order {
            Some(Order::StartFirst) => how.push("start-first".to_owned()),
            Some(Order::StopFirst) => how.push("stop-first".to_owned()),
            None => {}
        }
        let Some(service) = key.service else {
            how.extend(key.restored.map(|_| "rolled back on failure".to_owned()));
            return how;
        };
        let update = self.environment.service(service).update;
        if members > 1 {
            let is_batch =
                |kind| matches!(kind, BarrierKind::Batch { service: other, .. } if other == service);
            let has_batches = self.plan.barriers.iter().any(|barrier| is_batch(barrier.kind));
            how.push(match update.parallel.get() {
                _ if !has_batches => "all at once".to_owned(),
                1 => "one at a time".to_owned(),
                many => match update.max_per_ship.filter(|most| most.get() < many) {
                    Some(most) => format!("{many} at a time, {most} of each ship"),
                    None => format!("{many} at a time"),
                },
            });
        }
        how.extend(key.restored.map(|restored| match (restored, update.on_failure) {
            (Restored::Instance, OnFailure::Continue) if members > 1 => {
                "each rolled back on failure, the others continue".to_owned()
            }
            (Restored::Instance, OnFailure::Pause) if members > 1 => {
                "rolled back on failure, which ends the rollout".to_owned()
            }
            (Restored::Service, _) if update.max_failures > 0 => {
                format!("rolled back if more than {} fail", update.max_failures)
            }
            (
                Restored::Instance | Restored::Service,
                OnFailure::Continue | OnFailure::Pause | OnFailure::Rollback,
            ) => "rolled back on failure".to_owned(),
        }));
        how
    }

    pub(super) fn targets<'b>(&self, targets: impl Iterator<Item = ChangeTarget<'b>>) -> Vec<String> {
        names(targets.map(|target| of_target(target, self.environment)))
    }

    /// The rows of all; those of some have their names.
    fn merged(&self, members: &[Member<'_>]) -> Vec<Row> {
        let mut rows: IndexMap<Row, Vec<ChangeTarget<'_>>> = IndexMap::new();
        for member in members {
            for row in &member.rows {
                rows.entry(row.clone()).or_default().push(member.target);
            }
        }
        let rows = rows.into_iter().map(|(row, of)| {
            let only = if of.len() == members.len() { Vec::new() } else { self.targets(of.into_iter()) };
            Row { only, ..row }
        });
        rows.collect()
    }

    /// What differs of an instance, and what becomes of its data.
    fn rows(&self, change: &Change<'_>) -> Vec<Row> {
        let Some(id) = change.target.instance() else { return Vec::new() };
        let own = self.plan.differing.iter().filter(|differing| differing.instance == id);
        let differences = own.flat_map(|differing| &differing.differences).map(|one| {
            let place = one.place.map(|span| self.sources.location(span));
            let place = place.map(|location| FileLine { file: location.name.clone(), line: location.line });
            let difference::Words { field, change, place } = difference::words(one, place.as_ref());
            Row { field, text: change, place, only: Vec::new() }
        });
        let mut rows: Vec<Row> = differences.chain(data::rows(self.plan, id, self.environment)).collect();
        // These follow from the image.
        if rows.iter().any(|row| row.field == "image") {
            rows.retain(|row| !OF_IMAGE.contains(&row.field.as_str()));
        }
        rows
    }

    /// The images that are carried, each with how much of it at most.
    pub(super) fn carried(&self) -> Vec<Group> {
        let carried = self.plan.steps.iter().filter_map(|step| match &step.action {
            Action::Image(ImageAction::Carry { image, from, size, missing, .. }) => Some(Group {
                sign: Sign::Add,
                names: vec![harmless(image).into_owned()],
                word: "carry",
                details: vec![
                    format!("from {}", carried::source(from)),
                    format!("to {}", harmless(&self.environment.ship(step.ship).name)),
                    carried::amount(*missing, *size),
                ],
                rows: Vec::new(),
            }),
            Action::Image(ImageAction::Pull { .. } | ImageAction::Remove { .. })
            | Action::Container(_)
            | Action::Service(_)
            | Action::Network(_)
            | Action::Volume(_)
            | Action::Record(_)
            | Action::Wait(_) => None,
        });
        carried.collect()
    }

    /// The images that are pulled.
    pub(super) fn pulls(&self) -> Vec<Group> {
        let mut images: IndexMap<&str, BTreeSet<ShipId>> = IndexMap::new();
        for step in &self.plan.steps {
            if let Action::Image(ImageAction::Pull { image, .. }) = &step.action {
                images.entry(image).or_default().insert(step.ship);
            }
        }
        let groups = images.into_iter().map(|(image, ships)| Group {
            sign: Sign::Add,
            names: vec![harmless(image).into_owned()],
            word: word(ChangeKind::Pull),
            details: self.on(&ships).into_iter().collect(),
            rows: Vec::new(),
        });
        groups.collect()
    }
}

/// Members in groups that have a difference in common, or none at all.
fn alike(members: Vec<Member<'_>>) -> Vec<Vec<Member<'_>>> {
    let mut groups: Vec<(BTreeSet<usize>, Vec<Member<'_>>)> = Vec::new();
    let mut ids: IndexMap<Row, ()> = IndexMap::new();
    for member in members {
        let rows: BTreeSet<usize> =
            member.rows.iter().map(|row| ids.insert_full(row.clone(), ()).0).collect();
        let is_like = |(common, _): &&mut (BTreeSet<usize>, Vec<Member<'_>>)| {
            (common.is_empty() && rows.is_empty()) || !common.is_disjoint(&rows)
        };
        match groups.iter_mut().find(is_like) {
            Some((common, group)) => {
                common.retain(|row| rows.contains(row));
                group.push(member);
            }
            None => groups.push((rows, vec![member])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Whether a change stands in a line of its own. Pulls do by image; records come with all changes.
fn is_shown(change: &Change<'_>) -> bool {
    match change.target {
        ChangeTarget::Instance(_) => change.kind != ChangeKind::Pull,
        ChangeTarget::Revision { .. } => {
            change.kind == ChangeKind::Remove && *change.reason == Reason::EnvironmentGone
        }
        ChangeTarget::Container { .. }
        | ChangeTarget::Network { .. }
        | ChangeTarget::NamedVolume { .. }
        | ChangeTarget::StoredFile { .. }
        | ChangeTarget::Volume { .. }
        | ChangeTarget::Image { .. }
        | ChangeTarget::Ship(_) => true,
    }
}

/// Whether what happens says why already.
fn is_implied(reason: &Reason, has_rows: bool) -> bool {
    let is_said = matches!(
        reason,
        Reason::NameDiffers
            | Reason::NoContainer
            | Reason::RestartedAnew
            | Reason::Restarted
            | Reason::IsRunning
            | Reason::PullRequested
            | Reason::Moved
            | Reason::NetworkMissing
            | Reason::VolumeMissing
    );
    is_said || reason.follows() || (has_rows && matches!(reason, Reason::Differs { .. }))
}

/// Things of different classes stand in different groups.
fn class(target: ChangeTarget<'_>) -> usize {
    match target {
        ChangeTarget::Instance(_) => 0,
        ChangeTarget::Container { .. } => 1,
        ChangeTarget::Network { .. } => 2,
        ChangeTarget::NamedVolume { .. } | ChangeTarget::StoredFile { .. } => 3,
        ChangeTarget::Volume { .. } => 4,
        ChangeTarget::Image { .. } => 5,
        ChangeTarget::Revision { .. } => 6,
        ChangeTarget::Ship(_) => 7,
    }
}

/// Where a kind stands in the list.
pub(super) fn rank(kind: ChangeKind) -> usize {
    match kind {
        ChangeKind::Create => 0,
        ChangeKind::Start { .. } => 1,
        ChangeKind::Replace | ChangeKind::Update => 2,
        ChangeKind::Restart { .. } => 3,
        ChangeKind::Reload => 4,
        ChangeKind::Rename => 5,
        ChangeKind::Move { .. } => 6,
        ChangeKind::Pull => 7,
        ChangeKind::Check => 8,
        ChangeKind::Stop => 9,
        ChangeKind::Kill => 10,
        ChangeKind::Pause => 11,
        ChangeKind::Unpause => 12,
        ChangeKind::Remove => 13,
        ChangeKind::RemoveLeftovers => 14,
    }
}
