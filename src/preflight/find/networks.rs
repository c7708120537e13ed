//! Networks that `net` names, and containers whose network is shared: what is not on the ship.

use super::{Finding, FindingContext, Severity};
use crate::{
    model::{InstanceId, ShipId, container::Network},
    observed::Holdings,
    plan::{Step, action::Action},
};

/// Modes of a network that every engine has.
const MODES: [&str; 4] = ["host", "none", "bridge", "default"];

pub(super) fn findings(scene: &FindingContext<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for step in scene.plan.steps.iter().filter(|step| step.compensation.is_none()) {
        let Action::Create { spec, .. } = &step.action else { continue };
        let Network::Mode { mode, .. } = &spec.network else { continue };
        let (Some(instance), Some(holdings)) = (step.instance, scene.observed.holdings(step.ship)) else {
            continue;
        };
        let finding = match mode.strip_prefix("container:") {
            Some(target) => missing_container(scene, step, instance, holdings, target),
            None if MODES.contains(&mode.as_str()) => None,
            None => missing_network(scene, step, instance, holdings, mode),
        };
        let Some(finding) = finding else { continue };
        // One network that is missing is told once.
        match found.iter_mut().find(|known| known.ship == finding.ship && known.what == finding.what) {
            Some(known) => known.instances.extend(finding.instances),
            None => found.push(finding),
        }
    }
    found
}

fn missing_network(
    scene: &FindingContext<'_>,
    step: &Step,
    instance: InstanceId,
    holdings: &Holdings,
    network: &str,
) -> Option<Finding> {
    let networks = holdings.networks.as_ref()?;
    // An engine takes the id of a network as well, which is not known here.
    let may_be_id = network.len() >= 12 && network.chars().all(|c| c.is_ascii_hexdigit());
    if networks.contains_key(network) || may_be_id {
        return None;
    }
    let ship = scene.ship(step.ship);
    Some(finding(
        scene,
        step.ship,
        instance,
        format!("there is no network {network} on ship {ship}"),
        "its container could be created, but not started".to_owned(),
        format!("create it on ship {ship} (`docker network create {network}`), or change `net`"),
    ))
}

fn missing_container(
    scene: &FindingContext<'_>,
    step: &Step,
    instance: InstanceId,
    holdings: &Holdings,
    target: &str,
) -> Option<Finding> {
    let is_id = |id: &str| target.len() >= 12 && id.starts_with(target);
    let there =
        holdings.containers.values().find(|container| container.name == target || is_id(&container.id));
    // The file's own come before it.
    let of_file = scene.environment.instances.iter().any(|other| other.name == target);
    let ship = scene.ship(step.ship);
    let (what, next) = match there {
        _ if of_file => return None,
        Some(container) if container.state.is_up() => return None,
        Some(_) => (
            format!("the container {target} on ship {ship} does not run"),
            format!("start it (`docker start {target}`), or change `net`"),
        ),
        None => (
            format!("there is no container {target} on ship {ship}"),
            "correct its name in `net`, or create it on that ship first".to_owned(),
        ),
    };
    let why = "a container whose network is shared must run".to_owned();
    Some(finding(scene, step.ship, instance, what, why, next))
}

fn finding(
    scene: &FindingContext<'_>,
    ship: ShipId,
    instance: InstanceId,
    what: String,
    why: String,
    next: String,
) -> Finding {
    let of = scene.environment.instance(instance);
    let span = Some(of.written.get("net").copied().unwrap_or(of.span));
    Finding {
        severity: Severity::Error,
        code: "network-missing",
        ship,
        instances: vec![instance],
        what,
        why,
        next,
        span,
    }
}
