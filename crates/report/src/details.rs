//! What an action is about, for programs.

use serde_json::{Value, json};

use super::labels;
use maestro_core::{
    model::{Check, swarm::without_digest},
    observed::{carriable::CarrySource, left_behind::LeftBehind},
    plan::action::{
        Action, Carried, ContainerAction, ImageAction, NetworkAction, RecordAction, ServiceAction,
        VolumeAction, WaitAction,
    },
    value::{hook::Hook, secret::hidden_words},
};

/// What the word of an action leaves open, as far as it is nobody's secret.
pub(super) fn details(action: &Action) -> Value {
    match action {
        Action::Container(action) => of_container(action),
        Action::Service(ServiceAction::Create { name, .. }) => json!({ "service": name }),
        Action::Service(ServiceAction::Update { name, id, .. }) => {
            json!({ "service": name, "service_id": id })
        }
        Action::Image(ImageAction::Pull { image, .. }) => json!({ "image": image }),
        Action::Image(action @ ImageAction::Remove { id, names }) => {
            json!({ "image": action.name(), "removes": { "image_id": id, "names": names } })
        }
        Action::Image(ImageAction::Carry { image, from, id, size, missing }) => {
            let from = match from {
                CarrySource::Ship { name, .. } => Some(name),
                CarrySource::ThisMachine => None,
            };
            json!({
                "image": image, "image_id": id, "from": from, "bytes": size, "missing_bytes": missing,
            })
        }
        Action::Network(NetworkAction::Create { name, .. } | NetworkAction::Remove { name, .. }) => {
            json!({ "network": name })
        }
        Action::Network(NetworkAction::Rejoin { container, id, membership }) => json!({
            "container": container, "container_id": id, "network": membership.network, "links": membership.links,
            "aliases": membership.attachment.aliases,
        }),
        Action::Volume(VolumeAction::Create { name, .. }) => json!({ "volume": name }),
        Action::Volume(VolumeAction::Remove { left }) => json!({ "removes": volume(left) }),
        Action::Volume(VolumeAction::RemoveLeftover { name, .. }) => {
            json!({ "removes": { "volume": without_digest(name).unwrap_or(name) } })
        }
        Action::Volume(VolumeAction::RemoveNamed { name, .. } | VolumeAction::DiscardCopy { name, .. }) => {
            json!({ "removes": { "volume": name } })
        }
        Action::Volume(
            VolumeAction::Copy { name, .. }
            | VolumeAction::TakeCopy { name, .. }
            | VolumeAction::Reuse { name, .. }
            | VolumeAction::Keep { name, .. },
        ) => {
            json!({ "volume": name })
        }
        Action::Record(RecordAction::Write { record }) => {
            json!({ "revision": record.number, "volume": record.volume() })
        }
        Action::Record(RecordAction::Forget { revision, volume }) => {
            json!({ "revision": revision, "volume": volume })
        }
        Action::Wait(action) => of_wait(action),
    }
}

fn of_container(action: &ContainerAction) -> Value {
    match action {
        ContainerAction::Create { name, spec, volumes, names: _ } => {
            let volumes: Vec<Value> = volumes
                .iter()
                .map(|one| {
                    let Carried { volume, path, if_declared } = one;
                    json!({ "volume": volume, "path": path, "if_declared": if_declared })
                })
                .collect();
            json!({ "container": name, "image": spec.image, "config": spec.hash(), "volumes": volumes })
        }
        ContainerAction::Copy { container, id, files } => {
            let files: Vec<&String> = files.iter().map(|file| &file.target).collect();
            json!({ "container": container, "container_id": id, "files": files })
        }
        ContainerAction::Reload { container, files, signals, record, replaced: _ } => {
            let files: Vec<&String> = files.iter().map(|file| &file.target).collect();
            json!({
                "container": container,
                "container_id": record.container,
                "files": files,
                "signals": signals,
                "volume": record.volume(),
            })
        }
        ContainerAction::Rename { container, id, to } => {
            json!({ "container": container, "container_id": id, "to": to })
        }
        ContainerAction::Discard { names, keep, keep_on: _, left: _, timeout } => {
            json!({ "containers": names, "keep_container_id": keep, "timeout_seconds": timeout.as_secs_f64() })
        }
        ContainerAction::Start { container, hooks } => with_hooks(json!({ "container": container }), hooks),
        ContainerAction::Stop { hooks, container, id, timeout } => {
            let timeout = timeout.as_secs_f64();
            let details = json!({ "container": container, "container_id": id, "timeout_seconds": timeout });
            with_hooks(details, hooks)
        }
        ContainerAction::Kill { container, id }
        | ContainerAction::Pause { container, id }
        | ContainerAction::Unpause { container, id } => json!({ "container": container, "container_id": id }),
        ContainerAction::Remove { container, id, leaves, file_volumes } => {
            let leaves: Vec<Value> = leaves.iter().map(volume).collect();
            let mut details = json!({ "container": container, "container_id": id, "leaves": leaves });
            if !file_volumes.is_empty() {
                details["file_volumes"] = json!(file_volumes);
            }
            details
        }
    }
}

/// The commands that run in the container, if there are some; secrets in them are hidden.
fn with_hooks(mut details: Value, hooks: &[Hook]) -> Value {
    if !hooks.is_empty() {
        let hooks = hooks.iter().map(|hook| hidden_words(hook.command.iter().map(String::as_str)));
        details["hooks"] = hooks.collect();
    }
    details
}

fn of_wait(action: &WaitAction) -> Value {
    let in_short = |checks: &[Check]| checks.iter().map(labels::check).collect::<Vec<String>>();
    match action {
        WaitAction::Ready { container, checks } => {
            json!({ "container": container, "checks": in_short(checks) })
        }
        WaitAction::Verify { container, id, checks, .. } => {
            json!({ "container": container, "container_id": id, "checks": in_short(checks) })
        }
        WaitAction::Check { container, id, state, checks } => json!({
            "container": container, "container_id": id, "state": state.word(), "checks": in_short(checks),
        }),
        WaitAction::Pause { duration } => json!({ "seconds": duration.as_secs_f64() }),
    }
}

fn volume(LeftBehind { volume, environment: _, instance, path }: &LeftBehind) -> Value {
    json!({ "volume": volume, "instance": instance, "path": path })
}
