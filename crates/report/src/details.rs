//! What an action is about, for programs.

use serde_json::{Value, json};

use super::labels;
use maestro_core::plan::action::{Action, Carried, LeftBehind};

/// What the word of an action leaves open, as far as it is nobody's secret.
pub(super) fn details(action: &Action) -> Value {
    match action {
        Action::CreateNetwork { name, .. } | Action::RemoveNetwork { name, .. } => json!({ "network": name }),
        Action::Rejoin { container, id, network, links, aliases } => json!({
            "container": container, "container_id": id, "network": network, "links": links, "aliases": aliases,
        }),
        Action::Pull { image } => json!({ "image": image }),
        Action::Rename { container, id, to } => {
            json!({ "container": container, "container_id": id, "to": to })
        }
        Action::Discard { names, keep, keep_on: _, left: _, timeout } => {
            json!({ "containers": names, "keep_container_id": keep, "timeout_seconds": timeout.as_secs_f64() })
        }
        Action::Create { name, spec, volumes } => {
            let volumes: Vec<Value> = volumes
                .iter()
                .map(|one| {
                    let Carried { volume, path, if_declared } = one;
                    json!({ "volume": volume, "path": path, "if_declared": if_declared })
                })
                .collect();
            json!({ "container": name, "image": spec.image, "config": spec.hash(), "volumes": volumes })
        }
        Action::Start { container } => json!({ "container": container }),
        Action::Ready { container, checks } => {
            let checks: Vec<String> = checks.iter().map(labels::check).collect();
            json!({ "container": container, "checks": checks })
        }
        Action::Verify { container, id, checks, .. } => {
            let checks: Vec<String> = checks.iter().map(labels::check).collect();
            json!({ "container": container, "container_id": id, "checks": checks })
        }
        Action::Check { container, id, state, checks } => {
            let checks: Vec<String> = checks.iter().map(labels::check).collect();
            json!({ "container": container, "container_id": id, "state": state.word(), "checks": checks })
        }
        Action::Stop { container, id, timeout } => {
            json!({ "container": container, "container_id": id, "timeout_seconds": timeout.as_secs_f64() })
        }
        Action::Kill { container, id } => json!({ "container": container, "container_id": id }),
        Action::Remove { container, id, leaves } => {
            let leaves: Vec<Value> = leaves.iter().map(volume).collect();
            json!({ "container": container, "container_id": id, "leaves": leaves })
        }
        Action::RemoveVolume { left } => json!({ "removes": volume(left) }),
        Action::Record { record } => json!({ "revision": record.number, "volume": record.volume() }),
        Action::Forget { revision, volume } => json!({ "revision": revision, "volume": volume }),
        Action::Pause { duration } => json!({ "seconds": duration.as_secs_f64() }),
    }
}

fn volume(LeftBehind { volume, environment: _, instance, path }: &LeftBehind) -> Value {
    json!({ "volume": volume, "instance": instance, "path": path })
}
