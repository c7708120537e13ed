//! The keys of a plan as JSON and of a saved plan, from which `docs/plan.md` is written. A test holds them to what is
//! really written.

mod looks;
mod outputs;
mod pictures;
mod watching;

pub use looks::{
    BUILDS, HAPPENINGS, IMAGES, INSPECT, LINKS, OUTDATED, PUSH, SHIPS, SIGNALS, STATS, TOP, WAIT,
};
pub use outputs::{COPIES, DIFF, EVENTS, EXEC, HISTORY, LOGS, PORTS, STATUS, VOLUMES, WHY};
pub use pictures::{GRAPH, RUNS, TIMELINE};
pub use watching::WATCH;

use serde_json::Value;

/// A key: `steps[].id` is in each item of the list `steps`, `found.*.ship` in each value of the map `found`.
#[derive(Debug, Clone, Copy)]
pub struct SchemaKey {
    /// Where it stands.
    pub path: &'static str,
    /// What kind of value it has.
    pub kind: &'static str,
    /// What it says.
    pub about: &'static str,
}

const fn key(path: &'static str, kind: &'static str, about: &'static str) -> SchemaKey {
    SchemaKey { path, kind, about }
}

/// What of a value the keys do not describe: keys that are not among them, and values of another kind. Maps and lists of
/// which no key is described may have any content.
#[must_use]
pub fn undescribed(value: &Value, keys: &[SchemaKey]) -> Vec<String> {
    let mut wrong = Vec::new();
    walk(value, "", keys, &mut wrong);
    wrong
}

fn walk(value: &Value, at: &str, keys: &[SchemaKey], wrong: &mut Vec<String>) {
    let has_below = |start: &str| keys.iter().any(|key| key.path.starts_with(start));
    match value {
        Value::Object(object) => {
            let below = if at.is_empty() { String::new() } else { format!("{at}.") };
            for (name, value) in object.iter().filter(|_| has_below(&below)) {
                let named = format!("{below}{name}");
                let any = format!("{below}*");
                let path = if keys.iter().any(|key| key.path.starts_with(&any)) { any } else { named };
                match keys.iter().find(|key| key.path == path) {
                    Some(key) if is_of_kind(value, key.kind) => {}
                    Some(key) => wrong.push(format!("{path} is not {}: {value}", key.kind)),
                    None if has_below(&format!("{path}.")) => {}
                    None => wrong.push(format!("{path} is not described")),
                }
                walk(value, &path, keys, wrong);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, &format!("{at}[]"), keys, wrong)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a value is of a kind as a [`SchemaKey`] names it: `text or null`.
fn is_of_kind(value: &Value, kind: &str) -> bool {
    let is = |word: &str| match word {
        "null" => value.is_null(),
        "true" | "false" => value.is_boolean(),
        "number" => value.is_number(),
        "text" => value.is_string(),
        "map" => value.is_object(),
        "list" => value.is_array(),
        "list of text" => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        "list of numbers" => value.as_array().is_some_and(|items| items.iter().all(Value::is_number)),
        // A word of its own.
        quoted => value.as_str() == Some(quoted.trim_matches('`')),
    };
    kind.replace(", ", " or ").split(" or ").any(is)
}

/// What `maestro plan --output json` prints.
pub const PLAN: &[SchemaKey] = &[
    key("version", "number", "2; incompatible changes raise it, new keys do not"),
    key("command", "text", "`apply`, or `rollback 2` in the plan of `rollback 2 --dry-run`"),
    key("environment", "text", "the environment's name"),
    key("changes", "list", "what happens to each instance, and to what instances share"),
    key("changes[].instance", "text or null", "the instance; null for what instances share, and for orphans"),
    key("changes[].ship", "text or null", "the instance's ship in the file; of others the ship that changes"),
    key(
        "changes[].change",
        "text",
        "`create`, `start`, `replace`, `update`, `restart`, `move`, `rename`, `pull`, `check`, `stop`, `kill`, `remove`, \
         `remove-leftovers`",
    ),
    key(
        "changes[].order",
        "text or null",
        "`start-first` or `stop-first` where a container takes the place of a running one",
    ),
    key("changes[].reason", "text", "why"),
    key("changes[].steps", "list of numbers", "ids of its steps"),
    key("changes[].restored_by", "list of numbers", "ids of the steps that undo it if a step fails"),
    key("steps", "list", "all steps, in a valid sequential order"),
    key("steps[].id", "number", "its index in the list"),
    key("steps[].number", "number", "its number in text: `id` + 1"),
    key("steps[].ship", "text", "the ship that it changes"),
    key("steps[].instance", "text or null", "the instance; null for what instances share, and for orphans"),
    key(
        "steps[].action",
        "text",
        "`create-network`, `pull`, `carry`, `create`, `update`, `rename`, `start`, `ready`, `verify`, `rejoin`, `pre-start`, `pre-stop`, `stopped`, \
         `stop`, `remove`, `discard`, `pause`, `record`, `forget`; plans of other commands have `remove-network` and `kill` too",
    ),
    key("steps[].details", "map", "details of the action; only the keys that apply to it"),
    key("steps[].details.network", "text", "the network's name"),
    key("steps[].details.image", "text", "the image's reference"),
    key("steps[].details.image_id", "text", "the id of an image that another engine has"),
    key("steps[].details.from", "text", "the ship that has it; none for this machine's own engine"),
    key("steps[].details.bytes", "number", "its bytes"),
    key("steps[].details.missing_bytes", "number", "the bytes that are sent of it at most"),
    key("steps[].details.container", "text", "the container's name"),
    key(
        "steps[].details.container_id",
        "text or null",
        "the id of the existing container; null if there is none",
    ),
    key("steps[].details.service", "text", "the name of the service on a Swarm"),
    key("steps[].details.service_id", "text", "the id of the existing service"),
    key("steps[].details.containers", "list of text", "names of the containers to discard"),
    key("steps[].details.keep_container_id", "text", "the id of the container to keep"),
    key("steps[].details.to", "text", "the new name of the container"),
    key("steps[].details.volumes", "list", "anonymous volumes that a new container takes over"),
    key("steps[].details.volumes[].volume", "text", "the volume's name"),
    key("steps[].details.volumes[].path", "text", "the path in the container"),
    key(
        "steps[].details.volumes[].if_declared",
        "true or false",
        "whether only if the image declares a volume there, which is known after the pull",
    ),
    key(
        "steps[].details.links",
        "list",
        "the names under which a container reaches others, as `[target, name]`",
    ),
    key("steps[].details.aliases", "list of text", "the names under which others reach it, beside its own"),
    key("steps[].details.revision", "number", "the number of a revision"),
    key("steps[].details.volume", "text", "the volume that stores its record"),
    key("steps[].details.leaves", "list", "anonymous volumes that a removed container leaves behind"),
    key("steps[].details.leaves[].volume", "text", "the volume's name"),
    key("steps[].details.leaves[].instance", "text", "the instance whose container had it"),
    key("steps[].details.leaves[].path", "text", "the path in the container"),
    key("steps[].details.files", "list of text", "paths of the files to copy in the container"),
    key("steps[].details.signals", "list of text", "signals that the container gets after the copy"),
    key(
        "steps[].details.file_volumes",
        "list of text",
        "volumes with copied files, which are removed with the container; missing if there are none",
    ),
    key("steps[].details.removes", "map", "the anonymous volume to remove"),
    key("steps[].details.removes.volume", "text", "the volume's name"),
    key("steps[].details.removes.image_id", "text", "the image's id"),
    key("steps[].details.removes.names", "list of text", "all names of the image"),
    key("steps[].details.removes.instance", "text", "the instance whose container had it"),
    key("steps[].details.removes.path", "text", "the path in the container"),
    key("steps[].details.config", "text", "hash of the container's configuration"),
    key("steps[].details.state", "text", "the state whose checks run"),
    key("steps[].details.checks", "list of text", "descriptions of the checks"),
    key(
        "steps[].details.timeout_seconds",
        "number",
        "how long it may take to stop before the engine kills it",
    ),
    key("steps[].details.seconds", "number", "length of the pause"),
    key("steps[].reason", "text", "why the step is there"),
    key("steps[].after", "list", "steps and barriers that must succeed first"),
    key("steps[].after[].step", "number", "the id of a step"),
    key("steps[].after[].barrier", "number", "the id of a barrier"),
    key(
        "steps[].compensation",
        "number or null",
        "the compensation that it belongs to; null for a step of the plan itself",
    ),
    key("compensations", "list", "steps that undo failed steps"),
    key("compensations[].id", "number", "its index in the list"),
    key("compensations[].what", "text", "what it does"),
    key("compensations[].of", "list of numbers", "ids of the steps whose failure starts it"),
    key("compensations[].tolerates", "number", "number of failures that do not start it"),
    key("barriers", "list", "points that several steps wait for"),
    key("barriers[].id", "number", "its index in the list"),
    key("barriers[].what", "text", "what it stands for"),
    key("barriers[].after", "list", "as `after` of a step"),
    key("barriers[].after[].step", "number", "the id of a step"),
    key("barriers[].after[].barrier", "number", "the id of a barrier"),
    key(
        "barriers[].tolerates",
        "number, `any` or null",
        "number of failures to tolerate after all have ended; null if the first failure counts",
    ),
    key("barriers[].counts", "number or null", "id of a barrier whose failures are counted too"),
    key("unchanged", "list", "unchanged instances"),
    key("unchanged[].instance", "text", "its name"),
    key("unchanged[].ship", "text", "its ship"),
    key("unchanged[].reason", "text", "why"),
    key("unchanged[].remark", "text or null", "a note"),
    key("blocked", "list", "instances that are skipped or blocked"),
    key("blocked[].instance", "text", "its name"),
    key("blocked[].ship", "text", "its ship"),
    key(
        "blocked[].kind",
        "text",
        "`unreachable`, `unmanaged`, `shared-volume`, `moved`, `elsewhere`, `unmanaged-network`, `volume-copy`, `behind`",
    ),
    key("blocked[].reason", "text", "why"),
    key("remarks", "list", "notes about instances with steps"),
    key("remarks[].instance", "text", "its name"),
    key("remarks[].remark", "text", "the note"),
    key("differing", "list", "instances to replace, and their differences"),
    key("differing[].instance", "text", "its name"),
    key("differing[].ship", "text", "its ship"),
    key("differing[].differences", "list", "the differences"),
    key("differing[].differences[].field", "text", "a key of the file, or a key and a name: `env.DEBUG`"),
    key(
        "differing[].differences[].running",
        "text or null",
        "running value; null if not set; secrets hidden",
    ),
    key(
        "differing[].differences[].declared",
        "text or null",
        "declared value; null if not set; secrets hidden",
    ),
    key(
        "differing[].differences[].file",
        "text or null",
        "the file that declares it, or could; null in a rollback",
    ),
    key("differing[].differences[].line", "number or null", "the line in the file"),
    key(
        "other_peers",
        "list",
        "instances that are not replaced: only their peer variables differ; as in `differing`",
    ),
    key("other_peers[].instance", "text", "its name"),
    key("other_peers[].ship", "text", "its ship"),
    key("other_peers[].differences", "list", "the differences"),
    key("other_peers[].differences[].field", "text", "`env.` and the name of a variable"),
    key("other_peers[].differences[].running", "text or null", "running value; null if not set"),
    key("other_peers[].differences[].declared", "text or null", "declared value; null if not set"),
    key("other_peers[].differences[].file", "text or null", "the file that the instance is in"),
    key("other_peers[].differences[].line", "number or null", "the line in the file"),
    key("orphans", "list", "containers of this environment that the file does not declare"),
    key("orphans[].container", "text", "its name"),
    key("orphans[].container_id", "text", "its id"),
    key("orphans[].ship", "text", "its ship"),
    key("orphans[].reason", "text", "why it is an orphan"),
    key("orphans[].removed", "true or false", "whether the plan removes it"),
    key("moves", "list", "instances whose container is on another ship than the file declares"),
    key("moves[].instance", "text", "the instance"),
    key("moves[].from", "text", "the ship of its old container"),
    key("moves[].to", "text", "the ship in the file"),
    key("moves[].container_id", "text", "the old container's id"),
    key("moves[].data", "list of text", "mounts that may contain data and stay on the old ship"),
    key("volumes", "list", "anonymous volumes of replaced containers"),
    key("volumes[].instance", "text", "the instance"),
    key("volumes[].ship", "text", "its ship"),
    key("volumes[].volume", "text", "the volume's name"),
    key("volumes[].path", "text", "the path inside the container"),
    key(
        "volumes[].fate",
        "text",
        "`carried-over`: the new container takes it over; `carried-over-if-declared`: if its image still has a volume \
         there; it stays behind: `renewed` (`--renew-anonymous-volumes`), `covered` (the file mounts something else \
         there), `undeclared` (neither file nor image has a volume there any more)",
    ),
];

/// What `maestro plan -o FILE` writes.
pub const SAVED: &[SchemaKey] = &[
    key("maestro_plan", "number", "1; always the first key; other formats are refused"),
    key("program", "text", "the version of Maestro that planned; other versions refuse it"),
    key("environment", "text", "the environment's name"),
    key("asked", "map", "the command line"),
    key("asked.things", "list of text", "names of services and instances"),
    key("asked.container_filter", "text or null", "`-C`"),
    key("asked.ship_filter", "text or null", "`-S`"),
    key("asked.with_dependencies", "true or false", "`-d`"),
    key("asked.ignore_dependencies", "true or false", "`-i`"),
    key("asked.prune", "true or false", "`--prune`"),
    key("asked.adopt", "true or false", "`--adopt`"),
    key("asked.moves", "true or false", "`--move`"),
    key("asked.detach", "true or false", "`--detach`"),
    key("asked.skip_unreachable", "true or false", "`--skip-unreachable`"),
    key("asked.continues", "true or false", "`--continue`"),
    key("asked.renew_volumes", "true or false", "`--renew-anonymous-volumes`"),
    key("asked.peers", "true or false", "`--peers`"),
    key("asked.instances", "list of text", "the selected instances"),
    key("declared", "map", "digests of the file's content; they include secrets and do not reveal them"),
    key("declared.services", "map", "services by name"),
    key("declared.services.*", "text", "digest of the service's own settings"),
    key("declared.instances", "map", "instances by name"),
    key("declared.instances.*", "text", "digest of the instance: its container, checks, ship, requirements"),
    key("ships", "map", "the observed ships, by name"),
    key("ships.*.engine", "text or null", "identity of its engine; null if unknown"),
    key("ships.*.silent", "text", "why it did not answer; replaces `engine`"),
    key("found", "map", "observed state of the selected instances, by name, on ships that answered"),
    key("found.*.ship", "text", "its ship"),
    key("found.*.container", "text or null", "the id of its container"),
    key("found.*.state", "text or null", "`created`, `running`, `paused`, `exited` …"),
    key("found.*.made", "text or null", "digest of its container's configuration; null if it is unmanaged"),
    key("found.*.image", "text", "the image in the file"),
    key("found.*.image_id", "text or null", "id of that image; null if it was not on the ship"),
    key("plan", "map", "the plan itself, as `maestro plan --output json` prints it"),
];

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        time::Duration,
    };

    use serde_json::{Value, json};

    use super::{super::samples, *};
    use maestro_core::{
        model::{
            Environment, InstanceId, ShipId, check::LifecycleState, container::ContainerNames,
            swarm::ServiceRequest,
        },
        observed::{
            Age, ContainerState, Observed, ShipState,
            carriable::CarrySource,
            kept_files::ReloadRecord,
            left_behind::LeftBehind,
            revision::{Author, Record},
        },
        plan::{
            Barrier, BarrierId, BlockedInstance, BlockedReason, Compensation, CompensationId, Differing,
            Orphan, Plan, PlanRemark, Step, Unchanged, Wait,
            action::{
                Action, ActionKind, Carried, ContainerAction, ImageAction, NetworkAction, RecordAction,
                ServiceAction, VolumeAction, WaitAction,
            },
            command::Command,
            drift::Difference,
            moves::Move,
            reason::{BarrierKind, CompensationKind, Note, OrphanReason, Reason, UnchangedReason},
            saved::{Asked, Saved},
            volumes::{VolumeFate, VolumeOutcome},
        },
        source::{Sources, Span},
    };

    #[test]
    fn what_is_not_described_is_found() {
        let keys = [
            key("version", "number", ""),
            key("list", "list", ""),
            key("list[].name", "text or null", ""),
            key("map", "map", ""),
            key("free", "map", ""),
            key("map.*", "number, `any` or null", ""),
        ];
        let good = serde_json::json!({
            "version": 1, "list": [{"name": null}, {"name": "x"}], "map": {"a": 1, "b": "any"}, "free": {"x": [1]},
        });
        assert_eq!(undescribed(&good, &keys), [""; 0]);
        let bad =
            serde_json::json!({ "version": "1", "list": [{"nam": 1}], "map": {"a": "none"}, "more": 1 });
        let mut found = undescribed(&bad, &keys);
        found.sort();
        assert_eq!(
            found,
            [
                "list[].nam is not described",
                "map.* is not number, `any` or null: \"none\"",
                "more is not described",
                "version is not number: \"1\"",
            ]
        );
    }

    /// The paths of all keys below a value. `maps` are paths of maps whose keys are names.
    fn paths(value: &Value, at: &str, maps: &[&str], found: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let key = if maps.contains(&at) { "*" } else { key };
                    let path = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
                    // A value of such a map that is a map again has keys of its own to tell about.
                    if key != "*" || !value.is_object() {
                        found.insert(path.clone());
                    }
                    paths(value, &path, maps, found);
                }
            }
            Value::Array(items) => {
                for item in items {
                    paths(item, &format!("{at}[]"), maps, found);
                }
            }
            _ => {}
        }
    }

    /// One of each action on copied files, and one on a service.
    fn actions_on_files(environment: &Environment) -> [Action; 5] {
        let name = || "web-1".to_owned();
        let instance = &environment.instances[1];
        let (spec, files) = (&instance.container, instance.files.clone());
        [
            Action::Container(ContainerAction::Copy { container: name(), id: None, files: files.clone() }),
            Action::Container(ContainerAction::Reload {
                container: name(),
                files,
                signals: vec![name()],
                record: Box::new(ReloadRecord::new(spec, "1", 1)),
                replaced: Vec::new(),
            }),
            Action::Volume(VolumeAction::RemoveNamed { name: name(), environment: name() }),
            Action::Volume(VolumeAction::RemoveLeftover { name: name(), environment: name() }),
            update_service(name()),
        ]
    }

    /// One of each action.
    fn actions(environment: &Environment) -> Vec<Action> {
        let name = || "web-1".to_owned();
        let timeout = Duration::from_secs(10);
        let (names, keep, keep_on, left, hooks) = (vec![name()], name(), ShipId(0), Vec::new(), Vec::new());
        let discard = Action::Container(ContainerAction::Discard { names, keep, keep_on, left, timeout });
        let mut all = vec![
            create_network(name()),
            Action::Network(NetworkAction::Remove { name: name(), environment: name() }),
            Action::Image(ImageAction::Pull { image: name(), notes_age: false }),
            Action::Image(ImageAction::Remove { id: name(), names: vec![name()] }),
            carry_image(name()),
            Action::Container(ContainerAction::Create {
                name: name(),
                spec: environment.instances[1].container.clone(),
                volumes: vec![Carried { volume: name(), path: name(), if_declared: true }],
                names: ContainerNames::default(),
            }),
            Action::Container(ContainerAction::Rename { container: name(), id: None, to: name() }),
            discard,
            Action::Network(NetworkAction::Rejoin {
                container: name(),
                id: None,
                membership: Box::default(),
            }),
            Action::Container(ContainerAction::Start { container: name(), hooks: Vec::new() }),
            Action::Wait(WaitAction::Ready { container: name(), checks: Vec::new() }),
            Action::Wait(WaitAction::Verify {
                container: name(),
                id: name(),
                checks: Vec::new(),
                age: Age::Settled,
            }),
            Action::Wait(WaitAction::Check {
                container: name(),
                id: None,
                state: LifecycleState::PreStop,
                checks: Vec::new(),
            }),
            Action::Container(ContainerAction::Stop { hooks, container: name(), id: name(), timeout }),
            Action::Container(ContainerAction::Kill { container: name(), id: name() }),
            Action::Container(ContainerAction::Pause { container: name(), id: name() }),
            Action::Container(ContainerAction::Unpause { container: name(), id: name() }),
            Action::Container(ContainerAction::Remove {
                container: name(),
                id: name(),
                leaves: vec![left_behind()],
                file_volumes: vec![name()],
            }),
            create_volume(name()),
            Action::Volume(VolumeAction::Remove { left: left_behind() }),
            Action::Wait(WaitAction::Pause { duration: Duration::from_secs(1) }),
            Action::Record(RecordAction::Write { record: Box::new(record()) }),
            Action::Record(RecordAction::Forget { revision: 1, volume: name() }),
        ];
        all.extend(actions_on_files(environment));
        for action in &all {
            is_listed(action.kind());
        }
        all
    }

    fn update_service(name: String) -> Action {
        let request = Box::new(ServiceRequest { document: json!({}) });
        Action::Service(ServiceAction::Update {
            id: name.clone(),
            name,
            request,
            files: Vec::new(),
            force: false,
        })
    }

    fn create_network(name: String) -> Action {
        let options = Box::default();
        Action::Network(NetworkAction::Create { environment: name.clone(), name, options, fixed: true })
    }

    fn carry_image(image: String) -> Action {
        let from = CarrySource::Ship { id: ShipId(0), name: image.clone() };
        Action::Image(ImageAction::Carry { id: image.clone(), image, from, size: 2, missing: 1 })
    }

    fn create_volume(name: String) -> Action {
        let options = Box::default();
        Action::Volume(VolumeAction::Create { environment: name.clone(), name, options })
    }

    /// Fails to compile if an action is new, which `actions` must list.
    fn is_listed(kind: ActionKind) {
        match kind {
            ActionKind::Create
            | ActionKind::Update
            | ActionKind::Copy
            | ActionKind::Reload
            | ActionKind::Rename
            | ActionKind::Discard
            | ActionKind::Start
            | ActionKind::Stop
            | ActionKind::Kill
            | ActionKind::PauseContainer
            | ActionKind::Unpause
            | ActionKind::Remove
            | ActionKind::Pull
            | ActionKind::RemoveImage
            | ActionKind::Carry
            | ActionKind::CreateNetwork
            | ActionKind::RemoveNetwork
            | ActionKind::Rejoin
            | ActionKind::CreateVolume
            | ActionKind::RemoveVolume
            | ActionKind::CopyVolume
            | ActionKind::TakeVolume
            | ActionKind::KeepVolume
            | ActionKind::Record
            | ActionKind::Forget
            | ActionKind::Ready
            | ActionKind::Verify
            | ActionKind::Check(_)
            | ActionKind::Pause => {}
        }
    }

    fn left_behind() -> LeftBehind {
        let name = || "web-1".to_owned();
        LeftBehind { volume: name(), environment: name(), instance: name(), path: name() }
    }

    fn record() -> Record {
        let author = Author { by: "ann@box".into(), command: "apply".into(), commit: None };
        Record {
            number: 1,
            environment: "shop".into(),
            author,
            is_found: false,
            created: None,
            instances: Some(Vec::new()),
            newer: None,
            is_older: false,
            past_images: Vec::new(),
        }
    }

    fn steps(environment: &Environment) -> Vec<Step> {
        let step = |action| Step {
            ship: ShipId(0),
            instance: Some(InstanceId(1)),
            action,
            reason: Reason::NoContainer,
            after: vec![Wait::Barrier(BarrierId(0)), Wait::Step(maestro_core::plan::StepId(0))],
            compensation: Some(CompensationId(0)),
        };
        let mut steps: Vec<Step> = actions(environment).into_iter().map(step).collect();
        // One is done in any case.
        steps[0].compensation = None;
        steps
    }

    /// A plan that has something in every list.
    fn full(environment: &Environment, place: Span) -> Plan {
        let barrier = || Barrier {
            kind: BarrierKind::AllDone,
            after: vec![Wait::Barrier(BarrierId(0))],
            tolerance: None,
        };
        let difference = || Difference {
            field: "image".into(),
            running: None,
            declared: None,
            place: Some(place),
            is_peers_alone: false,
        };
        let differing = || vec![Differing { instance: InstanceId(1), differences: vec![difference()] }];
        Plan {
            steps: steps(environment),
            compensations: vec![Compensation {
                kind: CompensationKind::Instance(InstanceId(1)),
                of: vec![maestro_core::plan::StepId(0)],
                tolerates: 0,
            }],
            barriers: vec![
                barrier(),
                Barrier { after: vec![Wait::Step(maestro_core::plan::StepId(0))], ..barrier() },
            ],
            unchanged: vec![Unchanged {
                instance: InstanceId(0),
                reason: UnchangedReason::AlreadyRunning,
                note: None,
            }],
            blocked: vec![BlockedInstance {
                instance: InstanceId(2),
                reason: BlockedReason::Behind { other: InstanceId(1) },
            }],
            remarks: vec![PlanRemark { instance: InstanceId(1), note: Note::NotReplacedForPeers }],
            differing: differing(),
            other_peers: differing(),
            orphans: vec![Orphan {
                ship: ShipId(0),
                container: "old-1".into(),
                id: "0123".into(),
                reason: OrphanReason::NotDeclared,
                removed: true,
            }],
            volumes: vec![VolumeFate {
                instance: InstanceId(1),
                volume: "0123".into(),
                path: "/data".into(),
                fate: VolumeOutcome::Carried,
            }],
            moves: vec![Move {
                instance: InstanceId(1),
                from: ShipId(0),
                container: "0123".into(),
                data: vec!["/srv (/data)".into()],
            }],
            command: Command::Apply,
        }
    }

    fn expected(keys: &[SchemaKey]) -> BTreeSet<String> {
        let paths: BTreeSet<String> = keys.iter().map(|key| key.path.to_owned()).collect();
        assert_eq!(paths.len(), keys.len(), "a key stands twice");
        paths
    }

    #[test]
    fn every_key_that_is_written_is_told_and_no_other() {
        let environment = samples::environment();
        let mut sources = Sources::default();
        let place = Span::new(sources.add("shop.yaml", "name: shop\n"), 0..1);
        let told = super::super::plan::json(&full(&environment, place), &environment, &sources);
        let mut found = BTreeSet::new();
        paths(&told, "", &[], &mut found);
        assert_eq!(found, expected(PLAN));

        let running = samples::container(&environment, InstanceId(0), ContainerState::Running, "Up");
        let mut observed: Observed = samples::observed(&environment, &[running]);
        observed.ships[1] = ShipState::Unreachable { reason: "refused".into() };
        let instances = environment.instances.iter().map(|instance| instance.name.clone()).collect();
        let asked = Asked { instances, ..Asked::default() };
        let saved = Saved::of(&environment, &observed, asked, Value::Null, &crate::explain::engine::ship);
        assert_eq!(saved.ships.len(), 2);
        assert_ne!(saved.found, BTreeMap::new());
        let mut found = BTreeSet::new();
        let maps = ["declared.services", "declared.instances", "ships", "found"];
        paths(&serde_json::to_value(saved).unwrap(), "", &maps, &mut found);
        assert_eq!(found, expected(SAVED));
    }
}
