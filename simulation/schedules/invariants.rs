//! What must hold in every schedule, each with the planted bug that it is shown to find.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use maestro_core::{
    event::{Event, FailureKind},
    model::{
        Environment, Instance, InstanceId,
        graph::{Direction, Graph},
        update::Order,
    },
    observed::{copy_mark::KeptVolume, restore_mark::RestoreMark},
    plan::{
        Compensation, CompensationId, Plan, Step,
        action::{Action, ActionKind, ContainerAction, NetworkAction, RecordAction, VolumeAction},
        drift::Difference,
        reason::Note,
    },
};
use maestro_run::execute::{PER_ENGINE, PULLS_PER_ENGINE, STOP_COUNTS};

use crate::{
    story::{CANARY, Story, environment_of, events, shown},
    trace::{Entry, Kept, LEASE, SIGN, There, What, container_of, names_of},
};

/// How often each step stands in a plan as printed: its action, and what it is about.
type Printed = BTreeMap<(String, String), usize>;
type Verdict = Result<(), String>;

/// What must hold: its name, how it is looked at, and the planted bug that breaks it.
pub struct Invariant {
    pub name: &'static str,
    pub check: fn(&Story) -> Verdict,
    pub bug: &'static str,
}

const fn invariant(name: &'static str, check: fn(&Story) -> Verdict, bug: &'static str) -> Invariant {
    Invariant { name, check, bug }
}

pub const ALL: &[Invariant] = &[
    invariant("dependency order", dependency_order, "order"),
    invariant("reverse order at stop", reverse_order_at_stop, "reverse"),
    invariant("at most one container per instance, or two that hand over", one_container, "twice"),
    invariant("a successor has its predecessor's anonymous volumes", volumes_stay, "renews"),
    invariant("no two containers of an instance write to one volume", volumes_unshared, "beside"),
    invariant("nothing changed that does not bear our labels", only_ours, "foreign"),
    invariant("no container that inherits our labels is changed", only_ours, "inherited"),
    invariant("changes only under the own lease", under_lease, "leaseless"),
    invariant("executed is part of the printed plan", executed_as_printed, "unprinted"),
    invariant("a fault-free run converges and a further one changes nothing", converges, "keeps"),
    invariant("old not stopped before the new image is there", image_before_stop, "image"),
    invariant("old not stopped before its successor is made", successor_before_stop, "unmade"),
    invariant("nothing is taken back without need", rescued_in_need, "eager"),
    invariant("what does not work is taken back", taken_back, "lost"),
    invariant("a failed readiness is never a later run's success", remembered, "forgets"),
    invariant("spares stay only after failures", no_spares, "litter"),
    invariant("concurrency is bounded", bounded, "strangers"),
    invariant("every failure is told exactly once", told_once, "stutters"),
    invariant("unknown is neither success nor failure", unknown_is_unknown, "certain"),
    invariant("every run ends within its deadline", deadline, "stop_timeout"),
    invariant("the lease is released or listed", lease_released, "keeps"),
    invariant("an unknown outcome leaves a sign for the next run", sign_left, "signless"),
    invariant("read-only commands only read", reads_only, "writes"),
    invariant("a ship's fault leaves independent ships alone", isolated, "isolation"),
    invariant("other peers alone restart nothing", peers_restart_nothing, "gossip"),
    invariant("a container has its files before it starts", files_before_start, "unfiled"),
    invariant("no container is of an image that lacks layers", images_are_whole, "half"),
    invariant("no secret in any output", no_canary, "shows"),
];

/// What must hold in schedules of fleets beside that, each with the planted bugs that break it.
pub const OF_FLEETS: &[Invariant] = &[
    invariant("no instance runs in two places", one_place, "both"),
    invariant("a fleet converges", converges, "undrained"),
    invariant("a fleet converges", converges, "crowded"),
    invariant("a fleet converges", converges, "careless"),
    invariant("a fleet converges", converges, "forgetful"),
    invariant("a fleet converges", converges, "stale"),
    invariant("a fleet converges", converges, "drifted"),
    invariant("a fleet converges", converges, "orphaned"),
    invariant("a fleet converges", converges, "unmoved"),
    invariant("what moves is stopped after its successor is made", successor_before_move, "early"),
    invariant("dependency order", dependency_order, "order"),
    invariant("the lease is released or listed", lease_released, "keeps"),
];

/// A party's command.
struct Ran<'a> {
    party: usize,
    command: &'static str,
    environment: Arc<Environment>,
    entries: Vec<&'a Entry>,
    plan: Option<(Arc<Plan>, Printed)>,
    calm: bool,
    /// All containers when it began, and when it ended.
    there: &'a There,
    left: Option<&'a There>,
}

impl Ran<'_> {
    fn replaces(&self) -> bool {
        matches!(self.command, "apply" | "prune")
    }
}

fn runs(story: &Story) -> Vec<Ran<'_>> {
    let begun = story.entries.iter().filter_map(|entry| match &entry.what {
        What::Begins { command, calm, there, .. } => Some((entry.party, *command, *calm, there)),
        _ => None,
    });
    begun
        .map(|(party, command, calm, there)| {
            let entries: Vec<_> = story.entries.iter().filter(|entry| entry.party == party).collect();
            let plan = entries.iter().rev().find_map(|entry| match &entry.what {
                What::Planned { plan, printed } => Some((plan.clone(), printed.clone())),
                _ => None,
            });
            let left = entries.iter().find_map(|entry| match &entry.what {
                What::Ends { there, .. } => Some(there),
                _ => None,
            });
            Ran {
                party,
                command,
                environment: environment_of(story, party),
                entries,
                plan,
                calm,
                there,
                left,
            }
        })
        .collect()
}

/// Where in a party's events steps of an instance were done.
fn is_done(seen: &[&Event], plan: &Plan, id: InstanceId, actions: &[ActionKind]) -> bool {
    let mut wanted = plan.steps.iter().enumerate();
    wanted.all(|(at, step)| {
        step.instance != Some(id)
            || step.compensation.is_some()
            || !actions.contains(&step.action.kind())
            || seen.iter().any(|event| matches!(event, Event::StepDone { step, .. } if *step == at))
    })
}

fn in_order(
    story: &Story,
    direction: Direction,
    commands: &[&str],
    begin: &[ActionKind],
    before: &[ActionKind],
) -> Verdict {
    for run in runs(story).iter().filter(|run| commands.contains(&run.command)) {
        let Some((plan, _)) = &run.plan else { continue };
        let graph = Graph::of(&run.environment);
        let mut seen: Vec<&Event> = Vec::new();
        for event in events(story, run.party) {
            if let Event::StepStarted { step, action, .. } = event
                && begin.contains(action)
                && plan.steps[*step].compensation.is_none()
                && let Some(id) = plan.steps[*step].instance
            {
                // A restart stops what moves once its successor is made, which is after what that requires is ready.
                let moves = |other: InstanceId| {
                    let ship = run.environment.instance(other).ship;
                    plan.steps.iter().any(|step| step.instance == Some(other) && step.ship != ship)
                };
                let is_exempt = |other| direction == Direction::DependantsFirst && moves(other);
                let others = graph.closure(&[id], direction).into_iter();
                for other in others.filter(|other| *other != id && !is_exempt(*other)) {
                    if !is_done(&seen, plan, other, before) {
                        let name = |id| &run.environment.instance(id).name;
                        return Err(format!(
                            "party {}: {action} of {} before {}",
                            run.party,
                            name(id),
                            name(other)
                        ));
                    }
                }
            }
            seen.push(event);
        }
    }
    Ok(())
}

/// A container is started when all that its instance needs is ready.
fn dependency_order(story: &Story) -> Verdict {
    in_order(
        story,
        Direction::NeedsFirst,
        &["apply", "prune", "start", "restart"],
        &[ActionKind::Start],
        &[ActionKind::Ready],
    )
}

/// What others need is stopped after them.
fn reverse_order_at_stop(story: &Story) -> Verdict {
    let stops = &[ActionKind::Stop, ActionKind::Kill];
    in_order(story, Direction::DependantsFirst, &["stop", "kill", "restart"], stops, stops)
}

/// On an engine there is never a second container of an instance that runs, but where one starts before the other stops,
/// and then no third.
fn one_container(story: &Story) -> Verdict {
    let runs = runs(story);
    let instances = runs.iter().flat_map(|run| run.environment.instances.iter().map(move |one| (run, one)));
    let hand_over: BTreeSet<&str> = instances
        .filter(|(run, one)| run.environment.service(one.service).update.order == Order::StartFirst)
        .map(|(_, one)| one.name.as_str())
        .collect();
    for entry in &story.entries {
        if let What::Done { instance, running, .. } = &entry.what
            && *running > 1 + usize::from(hand_over.contains(instance.as_str()))
            && !instance.is_empty()
        {
            return Err(format!("{running} containers of {instance} run at once: {entry:?}"));
        }
    }
    Ok(())
}

/// An instance that moves runs on its new ship after it has stopped on the old one, unless the plan says that it may run
/// on a ship that does not answer: then that is so until the ship is seen again.
fn one_place(story: &Story) -> Verdict {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for entry in &story.entries {
        match &entry.what {
            What::Planned { plan, .. } => {
                told.extend(
                    plan.remarks
                        .iter()
                        .flat_map(|remark| match &remark.note {
                            Note::MayRunOnSilentShip { instances, .. } => &instances[..],
                            _ => &[],
                        })
                        .map(String::as_str),
                );
            }
            What::Done { instance, running: 1.., elsewhere, .. }
                if !instance.is_empty() && !elsewhere.is_empty() && !told.contains(instance.as_str()) =>
            {
                return Err(format!("in two places: {entry:?}"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whatever goes wrong: a container of an instance that had one has no other anonymous volumes than that. Only runs are
/// looked at that no other runs beside.
fn volumes_stay(story: &Story) -> Verdict {
    let runs = runs(story);
    let spans: Vec<_> = runs
        .iter()
        .filter_map(|run| Some((run.party, run.entries.first()?.at, run.entries.last()?.at)))
        .collect();
    let alone = |run: &&Ran<'_>| {
        let own = spans.iter().find(|(party, ..)| *party == run.party);
        own.is_some_and(|(party, begin, end)| {
            spans.iter().all(|(other, from, to)| other == party || to <= begin || from >= end)
        })
    };
    for run in runs.iter().filter(alone).filter(|run| run.command != "clean") {
        for (before, after) in run.there.iter().zip(run.left.into_iter().flatten()) {
            for one in after.values().filter(|one| !one.instance.is_empty()) {
                let had = || before.values().filter(|old| old.instance == one.instance);
                let is_known = |volume| had().any(|old| old.volumes.contains(volume));
                if had().next().is_some() && !one.volumes.iter().all(is_known) {
                    let had: Vec<_> = had().collect();
                    return Err(format!("party {}: {one:?} has other volumes than {had:?}", run.party));
                }
            }
        }
    }
    Ok(())
}

/// A container that runs has the files that it was created for.
fn files_before_start(story: &Story) -> Verdict {
    never(story, "without its files", |kept| kept.lacks_files)
}

/// Nothing is created from an image of which only a part was carried.
fn images_are_whole(story: &Story) -> Verdict {
    never(story, "half of its image", |kept| kept.lacks_layers)
}

/// No engine ever has such a container.
fn never(story: &Story, what: &str, is_such: impl Fn(&Kept) -> bool) -> Verdict {
    for entry in &story.entries {
        let (What::Begins { there, .. } | What::Ends { there, .. }) = &entry.what else { continue };
        if let Some(kept) = there.iter().flat_map(BTreeMap::values).find(|kept| is_such(kept)) {
            return Err(format!("{what}: {kept:?}"));
        }
    }
    Ok(())
}

/// Two containers of an instance that run never have the same anonymous volume.
fn volumes_unshared(story: &Story) -> Verdict {
    let is_shared = |entry: &&Entry| matches!(&entry.what, What::Done { shared: true, .. });
    story.entries.iter().find(is_shared).map_or(Ok(()), |entry| Err(format!("shared: {entry:?}")))
}

/// What others made is never changed.
fn only_ours(story: &Story) -> Verdict {
    let touched = |entry: &&Entry| {
        matches!(&entry.what, What::Done { call, ours: false, ok: true, .. }
            if matches!(call.method, "start" | "stop" | "kill" | "remove" | "rename" | "copy_files"))
    };
    story.entries.iter().find(touched).map_or(Ok(()), |entry| Err(format!("somebody else's: {entry:?}")))
}

/// Every change of a plan arrives while its engine has the run's lease.
fn under_lease(story: &Story) -> Verdict {
    let is_without =
        |entry: &&Entry| matches!(&entry.what, What::Done { call, leased: false, .. } if call.is_planned());
    story.entries.iter().find(is_without).map_or(Ok(()), |entry| Err(format!("without a lease: {entry:?}")))
}

/// Every change that an engine was asked for is a step of the plan as printed, and none is made twice.
fn executed_as_printed(story: &Story) -> Verdict {
    for run in runs(story) {
        let mut left = run.plan.as_ref().map(|(_, printed)| printed.clone()).unwrap_or_default();
        for entry in &run.entries {
            let What::Done { call, name, .. } = &entry.what else { continue };
            if !call.is_planned() {
                continue;
            }
            let word = match call.method {
                // To carry is to load, to look at what was loaded, and to give it its name.
                "load_image" | "remove_image" if left.keys().any(|(word, _)| word == "carry") => continue,
                "tag_image" => "carry".to_owned(),
                "copy_files" => "copy".to_owned(),
                "create_volume" => "record".to_owned(),
                "remove_volume" => "forget".to_owned(),
                other => other.replace('_', "-"),
            };
            let key = (word, call.about.clone());
            // To discard is to stop and to remove, whatever the id.
            if matches!(call.method, "stop" | "remove")
                && left.get(&key).is_none_or(|count| *count == 0)
                && left.contains_key(&("discard".to_owned(), name.clone()))
            {
                continue;
            }
            match left.get_mut(&key) {
                Some(0) | None => return Err(format!("not in the plan of {}: {entry:?}", run.command)),
                // Fetching is tried again, and so are handing over and copying where that cannot be seen.
                Some(_) if matches!(call.method, "pull" | "rejoin" | "copy_files") => {}
                Some(count) => *count -= 1,
            }
        }
    }
    Ok(())
}

/// Whatever happened before, once all goes well there is what the file says, and nothing to do.
fn converges(story: &Story) -> Verdict {
    story.stray.clone().map_or(Ok(()), Err)
}

/// What is replaced runs on until its successor's image is there.
fn image_before_stop(story: &Story) -> Verdict {
    for run in runs(story).iter().filter(|run| matches!(run.command, "apply" | "prune" | "restart")) {
        let Some((plan, _)) = &run.plan else { continue };
        for entry in &run.entries {
            let What::Done { call, instance, images, ok: true, .. } = &entry.what else { continue };
            let named = |id: &InstanceId| run.environment.instance(*id).name == *instance;
            let Some(id) = run.environment.instance_ids().find(named).filter(|_| call.method == "stop")
            else {
                continue;
            };
            let engine = story.engine_of(&run.environment, run.environment.instance(id).ship);
            // The successor of one that moves is on another engine.
            let is_here = call.engine == engine;
            let is_made =
                is_here && plan.steps.iter().any(|s| s.instance == Some(id) && s.action.word() == "create");
            let image = &run.environment.instance(id).container.image;
            if is_made && !images.iter().any(|number| *image == format!("app{number}")) {
                return Err(format!("{instance} was stopped before {image} was there: {entry:?}"));
            }
        }
    }
    Ok(())
}

/// What is replaced runs on until its successor stands beside it.
fn successor_before_stop(story: &Story) -> Verdict {
    for run in runs(story).iter().filter(|run| run.replaces()) {
        let Some((plan, _)) = &run.plan else { continue };
        for entry in &run.entries {
            let What::Done { call, instance, there, ok: true, .. } = &entry.what else { continue };
            let named = |id: InstanceId| run.environment.instance(id).name == *instance;
            let is_stopped = |action: &Action| matches!(action, Action::Container(ContainerAction::Stop { id, .. }) if *id == call.about);
            let of_it = plan
                .steps
                .iter()
                .filter(|step| step.compensation.is_none() && step.instance.is_some_and(named));
            let (mut is_made, mut is_stop) = (false, false);
            for step in of_it {
                is_made |= step.action.kind() == ActionKind::Create;
                // The successor of one that moves is on another engine.
                let is_here = step.instance.is_none_or(|id| run.environment.instance(id).ship == step.ship);
                is_stop |= is_here && is_stopped(&step.action);
            }
            if call.method == "stop" && is_made && is_stop && *there < 2 {
                return Err(format!("{instance} was stopped before its successor was made: {entry:?}"));
            }
        }
    }
    Ok(())
}

/// An instance that moves is stopped on its old ship after its image is on the new one and its container is made there.
fn successor_before_move(story: &Story) -> Verdict {
    let makes = [ActionKind::Pull, ActionKind::Carry, ActionKind::Create];
    for run in runs(story).iter().filter(|run| run.replaces()) {
        let Some((plan, _)) = &run.plan else { continue };
        let mut seen: Vec<&Event> = Vec::new();
        for event in events(story, run.party) {
            if let Event::StepStarted { step, action: ActionKind::Stop, .. } = event
                && plan.steps[*step].compensation.is_none()
                && let Some(id) = plan.steps[*step].instance
                && run.environment.instance(id).ship != plan.steps[*step].ship
                && !is_done(&seen, plan, id, &makes)
            {
                let name = &run.environment.instance(id).name;
                return Err(format!(
                    "party {}: {name} left its ship before its successor was made",
                    run.party
                ));
            }
            seen.push(event);
        }
    }
    Ok(())
}

/// What is to be discarded and brought back is so only if enough of what it is for has failed.
fn rescued_in_need(story: &Story) -> Verdict {
    for run in runs(story) {
        let Some((plan, _)) = &run.plan else { continue };
        let mut failed = BTreeSet::new();
        for event in events(story, run.party) {
            match event {
                Event::StepFailed { step, .. } => drop(failed.insert(*step)),
                Event::StepStarted { step, action, .. } => {
                    let compensation =
                        plan.steps[*step].compensation.map(|CompensationId(at)| &plan.compensations[at]);
                    let is_needed = compensation.is_some_and(|compensation| {
                        compensation.of.iter().filter(|of| failed.contains(&of.0)).count()
                            > compensation.tolerates
                    });
                    if (compensation.is_some() || *action == ActionKind::Discard) && !is_needed {
                        return Err(format!("party {}: nothing had failed: {event:?}", run.party));
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Images whose containers do what they should on every engine.
const WORK: [&str; 2] = ["app1", "app5"];

/// Whether a container of it cannot get ready: it dies before it counts as ready, or never serves. One with checks is
/// ready as soon as they pass, though it may die in the next moment.
fn never_works(instance: &Instance) -> bool {
    let is_checked = !instance.lifecycle.running.is_empty();
    instance.container.image == if is_checked { "app4" } else { "app3" }
}

/// Where nothing goes wrong but what takes a container's place, that has its place again and runs.
fn taken_back(story: &Story) -> Verdict {
    let healed = story.entries.iter().find(|entry| matches!(entry.what, What::Healed)).map(|entry| entry.at);
    let is_before = |run: &&Ran<'_>| healed.is_none_or(|at| run.entries[0].at < at);
    for run in runs(story).iter().filter(|run| run.calm && run.replaces()).filter(is_before) {
        let (Some((plan, _)), Some(left)) = (&run.plan, run.left) else { continue };
        let is_back = |instance: &Instance, old: &Kept| {
            let engine = story.engine_of(&run.environment, instance.ship);
            match container_of(&left[engine], instance) {
                Some(now) if now.id == old.id && (now.up || !old.up) => Ok(()),
                now => Err(format!(
                    "party {}: {} had {old:?}, and what should replace it does not work, but it has {now:?}",
                    run.party, instance.name
                )),
            }
        };
        let before = |instance: &Instance, is: &dyn Fn(&Kept) -> bool| {
            let engine = story.engine_of(&run.environment, instance.ship);
            let works = |one: &&Kept| is(one) && WORK.contains(&one.image.as_str());
            run.there[engine].values().find(works)
        };
        for instance in &run.environment.instances {
            let spec = &instance.container;
            let runs = |one: &Kept| one.up && one.instance == instance.name && one.config != spec.hash();
            if never_works(instance)
                && let Some(old) = before(instance, &runs)
            {
                is_back(instance, old)?;
            }
        }
        let failed: BTreeSet<usize> = events(story, run.party)
            .filter_map(|event| match event {
                Event::StepFailed { step, .. } => Some(*step),
                _ => None,
            })
            .collect();
        for step in &plan.steps {
            let (
                Some(CompensationId(compensation)),
                Action::Container(ContainerAction::Discard { keep, .. }),
            ) = (step.compensation, &step.action)
            else {
                continue;
            };
            let compensation = &plan.compensations[compensation];
            let is_needed =
                compensation.of.iter().filter(|of| failed.contains(&of.0)).count() > compensation.tolerates;
            if let Some(id) = step.instance.filter(|_| is_needed)
                && let Some(old) = before(run.environment.instance(id), &|one| one.id == *keep)
            {
                is_back(run.environment.instance(id), old)?;
            }
        }
    }
    Ok(())
}

/// A run that leaves a container alone and ends well has found it to be ready.
fn remembered(story: &Story) -> Verdict {
    let healed = story.entries.iter().find(|entry| matches!(entry.what, What::Healed)).map(|entry| entry.at);
    let commands = ["apply", "prune", "start"];
    for run in runs(story).iter().filter(|run| commands.contains(&run.command)) {
        let Some(left) = run.left.filter(|_| healed.is_none_or(|at| run.entries[0].at < at)) else {
            continue;
        };
        let is_success = events(story, run.party).any(|event| match event {
            Event::Finished { summary, .. } => {
                let failed = summary.failed + summary.unreachable + summary.unknown + summary.cancelled;
                failed + summary.skipped + summary.blocked_unmanaged + summary.not_started == 0
            }
            _ => false,
        });
        for instance in run.environment.instances.iter().filter(|_| is_success) {
            let engine = story.engine_of(&run.environment, instance.ship);
            let of = |there: &There| container_of(&there[engine], instance).cloned();
            let (Some(before), Some(after)) = (of(run.there), of(left)) else { continue };
            // A run that found it stopped meanwhile has started it again, and seen it ready.
            let is_started = |event: &Event| {
                matches!(event, Event::StepDone { subject, action: ActionKind::Start, .. }
                    if subject.instance.as_deref() == Some(&*instance.name))
            };
            let was_started = events(story, run.party).any(is_started);
            let was_left_alone = before.id == after.id && before.up && after.up && !was_started;
            let never_serves = before.image == "app4" && !instance.lifecycle.running.is_empty();
            if was_left_alone && (before.ailing && after.ailing || never_serves) {
                return Err(format!("party {} ended well with {after:?}", run.party));
            }
        }
    }
    Ok(())
}

/// After a run in which all went well nothing stands beside an instance's container.
fn no_spares(story: &Story) -> Verdict {
    for run in runs(story).iter().filter(|run| run.calm && run.replaces()) {
        let Some(left) = run.left.filter(|_| run.plan.is_some()) else { continue };
        let went_wrong = |event: &Event| matches!(event, Event::StepFailed { .. } | Event::Blocked { .. });
        if events(story, run.party).any(went_wrong) {
            continue;
        }
        for instance in &run.environment.instances {
            let engine = story.engine_of(&run.environment, instance.ship);
            let of_it = left[engine].iter().filter(|(_, one)| one.instance == instance.name);
            let of_it: BTreeMap<&String, &Kept> = of_it.collect();
            // An unmanaged container may have the other name.
            let own = names_of(instance).into_iter().find(|name| of_it.contains_key(name));
            if let Some(spare) = of_it.iter().find(|(name, _)| Some(**name) != own.as_ref()) {
                return Err(format!("party {} left {spare:?}", run.party));
            }
        }
    }
    Ok(())
}

/// What runs is not stopped because of other peers alone: variables about them that come, go or list their names.
fn peers_restart_nothing(story: &Story) -> Verdict {
    let is_list = |difference: &Difference| {
        let name = difference.field.strip_prefix("env.S").unwrap_or_default();
        let is_about_peers = name.starts_with(|c: char| c.is_ascii_digit());
        let is_other = difference.running.is_some() && difference.declared.is_some();
        is_about_peers && (!is_other || name.ends_with("_INSTANCES"))
    };
    for run in runs(story) {
        let Some((plan, _)) = &run.plan else { continue };
        for differing in plan.differing.iter().filter(|one| one.differences.iter().all(is_list)) {
            let is_stop = |step: &&Step| {
                step.instance == Some(differing.instance)
                    && step.compensation.is_none()
                    && step.action.kind() == ActionKind::Stop
            };
            if plan.steps.iter().any(|step| is_stop(&step)) {
                return Err(format!("party {}: stopped for its peers: {differing:?}", run.party));
            }
        }
    }
    Ok(())
}

/// At most [`PER_ENGINE`] changes, and [`PULLS_PER_ENGINE`] fetches, are under way on one engine; a stop counts for a while.
fn bounded(story: &Story) -> Verdict {
    let mut under_way: BTreeMap<(usize, usize, bool), BTreeMap<usize, Duration>> = BTreeMap::new();
    for entry in &story.entries {
        let (call, begins) = match &entry.what {
            What::Sent(call) => (call, true),
            What::Answered(call, _) => (call, false),
            _ => continue,
        };
        // An image goes to all its ships at once, whichever of their steps has begun.
        let is_carried = matches!(call.method, "load_image" | "tag_image" | "remove_image");
        if !changes(call.method) || !call.is_planned() || is_carried {
            continue;
        }
        let of = under_way.entry((entry.party, call.engine, call.method == "pull")).or_default();
        of.retain(|_, until| entry.at < *until);
        if begins {
            let counts = if call.method == "stop" { STOP_COUNTS } else { Duration::MAX };
            of.insert(call.number, entry.at.saturating_add(counts))
        } else {
            of.remove(&call.number)
        };
        if of.len() > if call.method == "pull" { PULLS_PER_ENGINE } else { PER_ENGINE } {
            return Err(format!("{} at once: {entry:?}", of.len()));
        }
    }
    Ok(())
}

fn changes(method: &'static str) -> bool {
    maestro_fake::Call { method, about: String::new(), at: Duration::ZERO }.changes()
}

/// How many steps of a plan are told about: those of compensations only if these have begun.
fn expected(plan: &Plan, failed: &BTreeSet<usize>) -> usize {
    let begins = |compensation: &Compensation| {
        compensation.of.iter().filter(|of| failed.contains(&of.0)).count() > compensation.tolerates
    };
    let is_told =
        |step: &&Step| step.compensation.is_none_or(|CompensationId(at)| begins(&plan.compensations[at]));
    plan.steps.iter().filter(is_told).count()
}

/// Every step that began ends once, every instance is held once at most, and the sum is the plan.
fn told_once(story: &Story) -> Verdict {
    for run in runs(story) {
        let mut ends: BTreeMap<usize, usize> = BTreeMap::new();
        let mut begun = BTreeSet::new();
        let mut held = BTreeSet::new();
        // An engine that does not answer brings nothing back.
        let mut failed = BTreeSet::new();
        for event in events(story, run.party) {
            if let Event::StepFailed { step, failure, .. } = event
                && failure.kind() != FailureKind::Unreachable
            {
                failed.insert(*step);
            }
            match event {
                Event::StepStarted { step, .. } => drop(begun.insert(*step)),
                Event::StepDone { step, .. }
                | Event::StepFailed { step, .. }
                | Event::StepCancelled { step, .. } => {
                    *ends.entry(*step).or_default() += 1;
                }
                Event::Blocked { subject, .. } if !held.insert(subject.instance.clone()) => {
                    return Err(format!("held twice: {event:?}"));
                }
                _ => {}
            }
        }
        if let Some((step, times)) = ends.iter().find(|(_, times)| **times != 1) {
            return Err(format!("party {}: the end of step {step} was told {times} times", run.party));
        }
        let told = run.entries.iter().find_map(|entry| match &entry.what {
            What::Ends { steps_told, .. } => *steps_told,
            _ => None,
        });
        if let (Some(told), Some((plan, _))) = (told, &run.plan)
            && (told != expected(plan, &failed) || begun.iter().any(|step| !ends.contains_key(step)))
        {
            return Err(format!(
                "party {}: {told} of {} steps were told",
                run.party,
                expected(plan, &failed)
            ));
        }
    }
    Ok(())
}

/// The engine's call for a step: its method, what it is about, and what is looked at when its answer is lost.
fn call_of(action: &Action) -> Option<(&'static str, String, String)> {
    let (method, about, looked_at) = match action {
        Action::Network(NetworkAction::Create { name, .. }) => ("create_network", name, name),
        Action::Network(NetworkAction::Remove { name, .. }) => ("remove_network", name, name),
        Action::Container(ContainerAction::Create { name, .. }) => ("create", name, name),
        Action::Container(ContainerAction::Copy { container, id, .. }) => {
            let about = id.as_ref().unwrap_or(container);
            ("copy_files", about, about)
        }
        Action::Container(ContainerAction::Rename { container, id, to }) => {
            ("rename", id.as_ref().unwrap_or(container), to)
        }
        Action::Network(NetworkAction::Rejoin { container, id, .. }) => {
            let about = id.as_ref().unwrap_or(container);
            ("rejoin", about, about)
        }
        Action::Record(RecordAction::Write { record }) => {
            return Some(("create_volume", record.volume(), record.volume()));
        }
        Action::Record(RecordAction::Forget { volume, .. }) => ("remove_volume", volume, volume),
        Action::Container(ContainerAction::Start { container, .. }) => ("start", container, container),
        Action::Container(ContainerAction::Stop { id, .. }) => ("stop", id, id),
        Action::Container(ContainerAction::Kill { id, .. }) => ("kill", id, id),
        Action::Container(ContainerAction::Pause { id, .. }) => ("pause", id, id),
        Action::Container(ContainerAction::Unpause { id, .. }) => ("unpause", id, id),
        Action::Container(ContainerAction::Remove { id, .. }) => ("remove", id, id),
        Action::Volume(VolumeAction::Create { name, .. }) => ("create_volume", name, name),
        Action::Volume(VolumeAction::Remove { left }) => ("remove_volume", &left.volume, &left.volume),
        Action::Volume(
            VolumeAction::RemoveNamed { name, .. } | VolumeAction::RemoveLeftover { name, .. },
        ) => ("remove_volume", name, name),
        Action::Volume(VolumeAction::TakeCopy { name, environment }) => {
            let mark = RestoreMark { environment: environment.clone(), volume: name.clone() };
            return Some(("remove_volume", mark.record(), mark.record()));
        }
        Action::Volume(VolumeAction::Reuse { name, environment }) => {
            let record = KeptVolume::record_of(environment, name);
            return Some(("remove_volume", record.clone(), record));
        }
        Action::Volume(VolumeAction::Keep { name, environment, .. }) => {
            let record = KeptVolume::record_of(environment, name);
            return Some(("create_volume", record.clone(), record));
        }
        // Each is several calls; that nothing is left of them is seen when the schedule has converged.
        Action::Container(ContainerAction::Discard { .. } | ContainerAction::Reload { .. })
        // No schedule has a Swarm.
        | Action::Service(_)
        | Action::Volume(VolumeAction::Copy { .. } | VolumeAction::DiscardCopy { .. })
        | Action::Image(_)
        | Action::Wait(_) => {
            return None;
        }
    };
    Some((method, about.clone(), looked_at.clone()))
}

/// How a single thing is looked at.
const LOOKS: [&str; 2] = ["inspect", "volume"];

/// What is told as done was done or seen, and what is told as failed was not done.
fn unknown_is_unknown(story: &Story) -> Verdict {
    for run in runs(story) {
        let Some((plan, _)) = &run.plan else { continue };
        // What is taken back may be started and renamed again: the calls for the same are in the order of their steps.
        let mut sent: BTreeMap<(usize, &str, String), VecDeque<usize>> = BTreeMap::new();
        for entry in &run.entries {
            if let What::Sent(call) = &entry.what {
                let calls = sent.entry((call.engine, call.method, call.about.clone())).or_default();
                calls.push_back(call.number);
            }
        }
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        for entry in &run.entries {
            let What::Event(event) = &entry.what else { continue };
            let (step, is_done) = match &**event {
                Event::StepStarted { step, .. } => (*step, None),
                Event::StepDone { step, .. } => (*step, Some(true)),
                Event::StepFailed { step, failure, .. } if failure.kind() != FailureKind::Unknown => {
                    (*step, Some(false))
                }
                _ => continue,
            };
            let engine = story.engine_of(&run.environment, plan.steps[step].ship);
            let Some((method, about, looked_at)) = call_of(&plan.steps[step].action) else { continue };
            let Some(is_done) = is_done else {
                let number = sent.get_mut(&(engine, method, about.clone())).and_then(VecDeque::pop_front);
                numbers.extend(number.map(|number| (step, number)));
                continue;
            };
            let number = numbers.get(&step).copied().unwrap_or(usize::MAX);
            // Both are done again if their answer is lost.
            let is_repeated = matches!(method, "rejoin" | "copy_files");
            let truly = run.entries.iter().any(|entry| {
                matches!(&entry.what, What::Done { call, ok: true, .. }
                    if call.number == number || is_repeated && call.method == method && call.about == about)
            });
            let looked = run.entries.iter().any(|entry| {
                matches!(&entry.what, What::Answered(call, Ok(()))
                    if call.engine == engine && call.number > number && (call.method == "networks" || LOOKS.contains(&call.method) && call.about == looked_at))
            });
            if (is_done && !truly && !looked) || (!is_done && truly) {
                return Err(format!(
                    "party {}: {method} of {about} was done: {truly}, but {event:?}",
                    run.party
                ));
            }
        }
    }
    Ok(())
}

/// How long a run may take: asking and leasing, then each step, as if one were done after another.
fn longest(environment: &Environment, plan: Option<&Plan>) -> Duration {
    let timeout = crate::line::TIMEOUT * 3;
    let containers = u32::try_from(environment.instances.len() + 20).expect("a few");
    let ships = u32::try_from(environment.ships.len()).expect("a few");
    let steps = u32::try_from(plan.map_or(0, |plan| plan.steps.len())).expect("a few");
    Duration::from_secs(600) + timeout * (containers * 2 + ships * 16) + timeout * 12 * steps
}

/// Every run that is not killed ends, in the time that its plan allows.
fn deadline(story: &Story) -> Verdict {
    for run in runs(story) {
        let begin = run.entries[0].at;
        let end = run.entries.iter().find(|entry| matches!(entry.what, What::Ends { .. } | What::Killed));
        let longest = longest(&run.environment, run.plan.as_ref().map(|(plan, _)| &**plan));
        match end {
            Some(end) if end.at.saturating_sub(begin) <= longest => {}
            Some(end) => {
                return Err(format!(
                    "party {} took {:?}, not {longest:?}",
                    run.party,
                    end.at.saturating_sub(begin)
                ));
            }
            None => return Err(format!("party {} never ended", run.party)),
        }
    }
    Ok(())
}

/// A run that ends holds no lease, or says on which ship it may.
fn lease_released(story: &Story) -> Verdict {
    for run in runs(story) {
        let own = format!("nonce{}", run.party);
        for entry in &run.entries {
            let What::Ends { listed, leases, .. } = &entry.what else { continue };
            if let Some((engine, _)) = leases.iter().find(|(at, nonce)| *nonce == own && !listed.contains(at))
            {
                return Err(format!(
                    "party {} left its lease on engine {engine}: {:?}",
                    run.party, entry.what
                ));
            }
        }
    }
    Ok(())
}

/// A run that ends with an unknown outcome on an engine leaves a sign there, for which the next run waits until all is
/// over, or says that its lease may still be there.
fn sign_left(story: &Story) -> Verdict {
    for run in runs(story) {
        let (mut leased, mut signed) = (BTreeSet::new(), BTreeSet::new());
        for entry in &run.entries {
            let What::Done { call, ok: true, .. } = &entry.what else { continue };
            let is_sign = call.about == format!("{SIGN}nonce{}", run.party);
            match call.method {
                "create_volume" if is_sign => drop(signed.insert(call.engine)),
                "remove_volume" if is_sign => drop(signed.remove(&call.engine)),
                "create_volume" if call.about == LEASE => drop(leased.insert(call.engine)),
                _ => {}
            }
        }
        let ends = run.entries.iter().find_map(|entry| match &entry.what {
            What::Ends { listed, .. } => Some(listed),
            _ => None,
        });
        let (Some(listed), Some((plan, _))) = (ends, &run.plan) else { continue };
        for event in events(story, run.party) {
            let Event::StepFailed { step, failure, .. } = event else { continue };
            let engine = story.engine_of(&run.environment, plan.steps[*step].ship);
            let is_told = signed.contains(&engine) || listed.contains(&engine);
            if failure.kind() == FailureKind::Unknown && leased.contains(&engine) && !is_told {
                return Err(format!("party {} left no sign on engine {engine}: {event:?}", run.party));
            }
        }
    }
    Ok(())
}

/// `plan` changes nothing, the lease included.
fn reads_only(story: &Story) -> Verdict {
    for run in runs(story).iter().filter(|run| run.command == "plan") {
        let wrote = |entry: &&&Entry| matches!(&entry.what, What::Sent(call) if changes(call.method));
        if let Some(entry) = run.entries.iter().find(wrote) {
            return Err(format!("plan asked for a change: {entry:?}"));
        }
    }
    Ok(())
}

/// What stands on other engines alone is as without the fault.
fn isolated(story: &Story) -> Verdict {
    story.infected.clone().map_or(Ok(()), Err)
}

/// No value that looks secret is in any byte of any output.
fn no_canary(story: &Story) -> Verdict {
    let shown = shown(story);
    match shown.find(CANARY) {
        Some(at) => Err(format!("shown: {}", shown[..at].lines().last().unwrap_or_default())),
        None => Ok(()),
    }
}
