//! The findings, made of a plan and of what was asked for it.

mod images;
mod networks;
mod ports;

use super::{
    Answers, Finding, Severity,
    claim::{Running, is_same_engine},
    questions::links,
};
use crate::{
    engine::host::{Answer, DiskSpace, PathKind},
    model::{Environment, InstanceId, Ship, ShipId},
    observed::Observed,
    plan::{HeldReason, Plan, action::Action},
};

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
    running: Running<'a>,
}

/// All that would go wrong, or may: errors first, each kind in the order of the plan.
#[must_use]
pub fn findings(
    environment: &Environment,
    observed: &Observed,
    plan: &Plan,
    answers: &Answers,
) -> Vec<Finding> {
    let running = Running::new(observed, plan);
    let scene = FindingContext { environment, observed, plan, answers, running };
    let mut all = scene.rooms();
    all.extend(images::findings(&scene));
    all.extend(ports::findings(&scene));
    all.extend(networks::findings(&scene));
    all.extend(scene.paths());
    all.extend(scene.links());
    all.extend(scene.unseen());
    if !super::refuses(plan) {
        // What cannot be done is told with its step; the rest is done.
        all.iter_mut().filter(|found| found.severity == Severity::Error).for_each(|found| {
            found.severity = Severity::Warning;
        });
    }
    all.sort_by_key(|finding| finding.severity);
    all
}

/// What the plan holds anyway: told beside the findings when the command ends before the run would tell it.
#[must_use]
pub fn held(environment: &Environment, plan: &Plan) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for held in &plan.held {
        let (instance, ship) = (held.instance, environment.instance(held.instance).ship);
        let (name, on) = (&environment.instance(instance).name, environment.ship(ship));
        let (code, what, why, next) = match &held.reason {
            HeldReason::Behind { .. } => continue,
            HeldReason::NotAsked => (
                "ship-unreachable",
                format!("ship {} does not answer", on.name),
                "its ship was not asked".to_owned(),
                format!("look at the engine on {} ({})", on.name, on.endpoint),
            ),
            HeldReason::Unreachable { reason } => (
                "ship-unreachable",
                format!("ship {} does not answer", on.name),
                reason.clone(),
                format!("look at the engine on {} ({})", on.name, on.endpoint),
            ),
            HeldReason::Foreign { id, image, .. } => (
                "not-ours",
                format!("a container `{name}` is there that is not ours"),
                format!("it is {} from image {image}", short(id)),
                format!(
                    "rename it (`docker rename {name} {name}-old`), give this instance another name, or let \
                     `--adopt` take its place"
                ),
            ),
            reason @ (HeldReason::Moved { .. }
            | HeldReason::Elsewhere { .. }
            | HeldReason::SharedVolume { .. }) => about_data(environment, on, reason),
            HeldReason::UnmanagedNetwork { network, environment: other } => (
                "not-ours",
                format!("ship {} has a network {network} that this environment did not make", on.name),
                match other {
                    Some(other) => format!("it belongs to the environment `{other}`"),
                    None => "it was not made by Maestro".to_owned(),
                },
                format!(
                    "remove it if nobody needs it (`docker network rm {network}` on that ship), or use it as it is \
                     with `--adopt`"
                ),
            ),
        };
        let severity = if held.reason.is_about_data() { Severity::Error } else { Severity::Warning };
        match found.iter_mut().find(|one| one.code == "ship-unreachable" && one.ship == ship) {
            Some(known) if code == "ship-unreachable" => known.instances.push(instance),
            _ => {
                let span = Some(environment.instance(instance).span);
                let instances = vec![instance];
                found.push(Finding { severity, code, ship, instances, what, why, next, span });
            }
        }
    }
    for finding in found.iter_mut().filter(|one| one.code == "ship-unreachable") {
        finding.span = environment.ship(finding.ship).span;
    }
    found
}

/// What is told where an instance's data could come to harm: code, what, why, what next.
fn about_data(
    environment: &Environment,
    on: &Ship,
    reason: &HeldReason,
) -> (&'static str, String, String, String) {
    match reason {
            HeldReason::Moved { from, data } => (
                "moved-with-data",
                format!("its container is on ship {}, with its data", environment.ship(*from).name),
                format!("it would start empty on ship {}; what stays: {}", on.name, data.join(", ")),
                format!(
                    "copy the data yourself and give `--move`, or let the file say `ship: {}` again",
                    environment.ship(*from).name
                ),
            ),
            HeldReason::Elsewhere { ship, reason } => (
                "may-run-elsewhere",
                format!("whether it is on ship {} cannot be known", environment.ship(*ship).name),
                reason.clone(),
                "look at that ship's engine, or give `--move` to start it here in any case".to_owned(),
            ),
            HeldReason::SharedVolume { paths } => (
                "shared-volume",
                "its old and its new container would both write to its anonymous volumes".to_owned(),
                format!(
                    "`update.order` is start-first, and there are anonymous volumes at {}",
                    paths.join(", ")
                ),
                "use `order: stop-first`, give the volumes a name in the file, or let the new container begin with \
                 empty ones (`--renew-anonymous-volumes`)"
                    .to_owned(),
            ),
        HeldReason::NotAsked
        | HeldReason::Unreachable { .. }
        | HeldReason::Foreign { .. }
        | HeldReason::UnmanagedNetwork { .. }
        | HeldReason::Behind { .. } => {
            ("held", String::new(), String::new(), String::new())
        }
    }
}

impl<'a> FindingContext<'a> {
    fn name(&self, id: InstanceId) -> &'a str {
        &self.environment.instance(id).name
    }

    fn ship(&self, id: ShipId) -> &'a str {
        &self.environment.ship(id).name
    }

    /// Disks without room: one a machine, be it several ships.
    fn rooms(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = Vec::new();
        let fills = |action: &Action| matches!(action, Action::Pull { .. } | Action::Create { .. });
        for (&ship, machine) in &self.answers.machines {
            let Ok(Ok(Some(room))) = machine.as_ref().map(|machine| &machine.room) else { continue };
            let is_filled = self.plan.steps.iter().any(|step| step.ship == ship && fills(&step.action));
            let is_known = found.iter().any(|known| is_same_engine(self.observed, known.ship, ship));
            let Some(severity) = weight(*room).filter(|_| is_filled && !is_known) else { continue };
            let name = self.ship(ship);
            let what = match severity {
                Severity::Error => format!("the disk of ship {name} is full"),
                _ => format!("the disk of ship {name} has only {} left", size(room.free)),
            };
            found.push(Finding {
                severity,
                code: "disk-full",
                ship,
                instances: Vec::new(),
                what,
                why: format!(
                    "{} of {} are free where its engine keeps images and containers",
                    size(room.free),
                    size(room.total)
                ),
                next: format!(
                    "make room on ship {name} (`docker system df` shows what takes it, `docker image prune` removes)"
                ),
                span: self.environment.ship(ship).span,
            });
        }
        found
    }

    /// What is mounted: directories that an engine would have to make.
    fn paths(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for ((ship, path), thing) in &self.answers.paths {
            let mounts = self.plan.steps.iter().filter(|step| step.ship == *ship).filter(|step| {
                matches!(&step.action, Action::Create { spec, .. }
                    if spec.mounts.iter().any(|mount| mount.source == *path))
            });
            let instances: Vec<InstanceId> = mounts.filter_map(|step| step.instance).collect();
            let name = self.ship(*ship);
            let (severity, what, why, next) = match thing {
                Ok(Some(PathKind::Nothing)) => (
                    Severity::Remark,
                    format!("there is no {path} on ship {name}"),
                    "Docker will make an empty directory there that belongs to root".to_owned(),
                    "make it beforehand, with what belongs into it, if that is not meant".to_owned(),
                ),
                Ok(Some(PathKind::BelowAFile)) => (
                    Severity::Error,
                    format!("{path} cannot be mounted on ship {name}"),
                    "what is above it is a file, not a directory".to_owned(),
                    "mend the path in `volumes`".to_owned(),
                ),
                Err(error) => (
                    Severity::Warning,
                    format!("{path} on ship {name} could not be looked at"),
                    error.clone(),
                    "look at it yourself, or go on: the step will tell".to_owned(),
                ),
                Ok(Some(PathKind::There) | None) => continue,
            };
            let first = instances.first().map(|id| self.environment.instance(*id));
            let span = first.map(|one| one.written.get("volumes").copied().unwrap_or(one.span));
            found.push(Finding { severity, code: "mount", ship: *ship, instances, what, why, next, span });
        }
        found
    }

    /// Links to other ships where nobody answers, though the target runs.
    fn links(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for link in links(self.environment, self.observed, self.plan) {
            let address = &self.environment.ship(link.ship).address;
            let answers = link.ports.iter().map(|port| (port, self.answers.links.get(&(link.ship, *port))));
            let bad = answers.filter_map(|(port, answer)| match answer {
                Some(Answer::Refuses) => Some(format!("{address}:{port} refuses connections")),
                Some(Answer::Silent) => {
                    Some(format!("{address}:{port} does not answer this machine within 2 s"))
                }
                Some(Answer::Accepts) | None => None,
            });
            let bad: Vec<String> = bad.collect();
            if bad.is_empty() {
                continue;
            }
            let to = self.name(link.to);
            let (here, there) = (self.ship(self.environment.instance(link.from).ship), self.ship(link.ship));
            found.push(Finding {
                severity: Severity::Warning,
                code: "link",
                ship: link.ship,
                instances: vec![link.from],
                what: format!("its link to {to} leads to nobody, though {to} runs on ship {there}"),
                why: bad.join("; "),
                next: format!(
                    "look whether {to} listens, and whether a packet filter of ship {there} lets ship {here} through"
                ),
                span: Some(link.span),
            });
        }
        found
    }

    /// What could not be looked at.
    fn unseen(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (&ship, machine) in &self.answers.machines {
            let reasons: Vec<String> = match machine {
                Err(reason) => vec![reason.clone()],
                Ok(machine) => {
                    let room = machine.room.as_ref().err().map(|why| format!("room on its disk: {why}"));
                    let ports =
                        machine.listening.as_ref().err().map(|why| format!("ports that are taken: {why}"));
                    room.into_iter().chain(ports).collect()
                }
            };
            let name = self.ship(ship);
            found.extend(reasons.into_iter().map(|why| Finding {
                severity: Severity::Warning,
                code: "not-looked-at",
                ship,
                instances: Vec::new(),
                what: format!("ship {name} could not be looked at beforehand"),
                why,
                next: "go on: what does not work is told with its step".to_owned(),
                span: self.environment.ship(ship).span,
            }));
        }
        found
    }
}

/// What so little room is worth; none if it is enough.
fn weight(room: DiskSpace) -> Option<Severity> {
    match room.free {
        0 => Some(Severity::Error),
        free if free < LITTLE || free < ENOUGH.min(room.total / PART) => Some(Severity::Warning),
        _ => None,
    }
}

/// Bytes as people say them.
fn size(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

/// A container's id as people read it.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

#[cfg(test)]
mod tests;
