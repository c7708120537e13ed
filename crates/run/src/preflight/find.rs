//! The findings, made of a plan and of what was asked for it.

mod images;
mod needs;
mod networks;
mod platforms;
mod ports;

use super::{
    Answers,
    claim::{RunningContainers, is_same_engine},
    questions::links,
};
use maestro_core::{
    event::{DeadPort, Fact, Finding, LookFailure, Unchecked, Weight},
    model::{Environment, InstanceId, container::NO_CREATE},
    observed::Observed,
    plan::{
        BlockedReason, Plan,
        action::{Action, ActionKind, ContainerAction},
    },
};
use maestro_engine::host::{DiskSpace, PathKind, PortAnswer};

/// Less free than this is worth a warning, however small the disk.
const LITTLE: u64 = 1 << 30;
/// Less free than this part of the disk is worth a warning …
const PART: u64 = 20;
/// … as long as it is not more than that: a large disk that is nearly full has room all the same.
const ENOUGH: u64 = 20 << 30;

/// What the findings are made of.
struct FindingContext<'a> {
    environment: &'a Environment,
    observed: &'a Observed,
    plan: &'a Plan,
    answers: &'a Answers,
    running: RunningContainers<'a>,
}

/// All that would go wrong, or may: errors first, each kind in the order of the plan.
#[must_use]
pub fn findings(
    environment: &Environment,
    observed: &Observed,
    plan: &Plan,
    answers: &Answers,
) -> Vec<Finding> {
    let running = RunningContainers::new(observed, plan);
    let scene = FindingContext { environment, observed, plan, answers, running };
    let mut all = scene.rooms();
    all.extend(images::findings(&scene));
    all.extend(platforms::findings(&scene));
    all.extend(needs::findings(&scene));
    all.extend(ports::findings(&scene));
    all.extend(networks::findings(&scene));
    all.extend(scene.paths());
    all.extend(scene.links());
    all.extend(scene.unchecked());
    if !super::refuses(plan) {
        // What cannot be done is told with its step; the rest is done.
        all.iter_mut().filter(|found| found.weight == Weight::Error).for_each(|found| {
            found.weight = Weight::Warning;
        });
    }
    all.sort_by_key(|finding| finding.weight);
    all
}

/// What the plan holds anyway: told beside the findings when the command ends before the run would tell it.
pub(super) fn held(environment: &Environment, plan: &Plan) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for held in plan.blocked.iter().filter(|held| !matches!(held.reason, BlockedReason::Behind { .. })) {
        let of = environment.instance(held.instance);
        let is_unreachable = |reason: &BlockedReason| {
            matches!(reason, BlockedReason::NotAsked | BlockedReason::Unreachable { .. })
        };
        let known = found.iter_mut().find(|known| {
            known.ship == of.ship && matches!(&known.fact, Fact::Blocked(reason) if is_unreachable(reason))
        });
        match known {
            Some(known) if is_unreachable(&held.reason) => known.instances.push(held.instance),
            _ => found.push(Finding {
                weight: if held.reason.is_about_data() { Weight::Error } else { Weight::Warning },
                ship: of.ship,
                instances: vec![held.instance],
                fact: Fact::Blocked(held.reason.clone()),
                span: if is_unreachable(&held.reason) {
                    environment.ship(of.ship).span
                } else {
                    Some(of.span)
                },
            }),
        }
    }
    found
}

impl FindingContext<'_> {
    /// Disks without room: one a machine, be it several ships.
    fn rooms(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        let fills = |action: &Action| {
            matches!(action.kind(), ActionKind::Pull | ActionKind::Carry | ActionKind::Create)
        };
        for (&ship, machine) in &self.answers.machines {
            let Ok(Ok(Some(room))) = machine.as_ref().map(|machine| &machine.room) else { continue };
            let is_filled = self.plan.steps.iter().any(|step| step.ship == ship && fills(&step.action));
            let is_known = found.iter().any(|known| is_same_engine(self.observed, known.ship, ship));
            let Some(weight) = weight(*room).filter(|_| is_filled && !is_known) else { continue };
            found.push(Finding {
                weight,
                ship,
                instances: Vec::new(),
                fact: Fact::DiskFull { free: room.free, total: room.total },
                span: self.environment.ship(ship).span,
            });
        }
        found
    }

    /// What is mounted: directories that an engine would have to make.
    fn paths(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for ((ship, path), kind) in &self.answers.paths {
            let mounts = self.plan.steps.iter().filter(|step| step.ship == *ship).filter(|step| {
                matches!(&step.action, Action::Container(ContainerAction::Create { spec, .. })
                    if spec.mounts.iter().any(|mount| mount.source == *path))
            });
            let instances: Vec<InstanceId> = mounts.filter_map(|step| step.instance).collect();
            let is_not_created = |id: &InstanceId| {
                let mounts = &self.environment.instance(*id).container.mounts;
                mounts.iter().any(|mount| mount.source == *path && mount.has(NO_CREATE))
            };
            let is_created = !instances.iter().any(is_not_created);
            let path = path.clone();
            let (weight, fact) = match kind {
                Ok(Some(PathKind::Nothing)) if !is_created => (Weight::Error, Fact::PathNotCreated(path)),
                Ok(Some(PathKind::Nothing)) => (Weight::Remark, Fact::NoPath(path)),
                Ok(Some(PathKind::BelowAFile)) => (Weight::Error, Fact::PathBelowFile(path)),
                Err(failure) => (Weight::Warning, Fact::PathUnknown { path, failure: failure.clone() }),
                Ok(Some(PathKind::There) | None) => continue,
            };
            let first = instances.first().map(|id| self.environment.instance(*id));
            let span = first.map(|one| one.written.get("volumes").copied().unwrap_or(one.span));
            found.push(Finding { weight, ship: *ship, instances, fact, span });
        }
        found
    }

    /// Links to other ships where no program answers, though the target runs.
    fn links(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for link in links(self.environment, self.observed, self.plan) {
            let answers = link.ports.iter().map(|port| (port, self.answers.links.get(&(link.ship, *port))));
            let dead = answers.filter_map(|(&port, answer)| match answer {
                Some(PortAnswer::Refuses) => Some(DeadPort { port, refuses: true }),
                Some(PortAnswer::Silent) => Some(DeadPort { port, refuses: false }),
                Some(PortAnswer::Accepts) | None => None,
            });
            let ports: Vec<DeadPort> = dead.collect();
            if ports.is_empty() {
                continue;
            }
            found.push(Finding {
                weight: Weight::Warning,
                ship: link.ship,
                instances: vec![link.from],
                fact: Fact::LinkDead { to: link.to, ports },
                span: Some(link.span),
            });
        }
        found
    }

    /// What could not be checked.
    fn unchecked(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (&ship, machine) in &self.answers.machines {
            let failures: Vec<(Unchecked, &LookFailure)> = match machine {
                Err(failure) => vec![(Unchecked::Machine, failure)],
                Ok(machine) => {
                    let disk = machine.room.as_ref().err().map(|failure| (Unchecked::Disk, failure));
                    let ports = machine.listening.as_ref().err().map(|failure| (Unchecked::Ports, failure));
                    disk.into_iter().chain(ports).collect()
                }
            };
            found.extend(failures.into_iter().map(|(what, failure)| Finding {
                weight: Weight::Warning,
                ship,
                instances: Vec::new(),
                fact: Fact::NotChecked { what, failure: failure.clone() },
                span: self.environment.ship(ship).span,
            }));
        }
        found
    }
}

/// What so little room is worth; none if it is enough.
fn weight(room: DiskSpace) -> Option<Weight> {
    match room.free {
        0 => Some(Weight::Error),
        free if free < LITTLE || free < ENOUGH.min(room.total / PART) => Some(Weight::Warning),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
