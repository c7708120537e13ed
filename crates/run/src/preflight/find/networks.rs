//! Networks that `net` names, and containers whose network is shared: what is not on the ship.

use super::FindingContext;
use maestro_core::{
    event::{Fact, Finding, Weight},
    model::container::{Network, OF_CONTAINER},
    observed::Holdings,
    plan::action::{Action, ContainerAction},
};

/// Modes of a network that every engine has.
const MODES: [&str; 4] = ["host", "none", "bridge", "default"];

pub(super) fn findings(scene: &FindingContext<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for step in scene.plan.steps.iter().filter(|step| step.compensation.is_none()) {
        let Action::Container(ContainerAction::Create { spec, .. }) = &step.action else { continue };
        let Network::Mode { mode, .. } = &spec.network else { continue };
        let (Some(instance), Some(holdings)) = (step.instance, scene.observed.holdings(step.ship)) else {
            continue;
        };
        let missing = match mode.strip_prefix(OF_CONTAINER) {
            Some(target) => missing_container(scene, holdings, target),
            None if MODES.contains(&mode.as_str()) => None,
            None => missing_network(holdings, mode),
        };
        let Some(fact) = missing else { continue };
        // One network that is missing is told once.
        match found.iter_mut().find(|known| known.ship == step.ship && known.fact == fact) {
            Some(known) => known.instances.push(instance),
            None => {
                let of = scene.environment.instance(instance);
                let span = Some(of.written.get("net").copied().unwrap_or(of.span));
                let (weight, ship, instances) = (Weight::Error, step.ship, vec![instance]);
                found.push(Finding { weight, ship, instances, fact, span });
            }
        }
    }
    found
}

fn missing_network(holdings: &Holdings, network: &str) -> Option<Fact> {
    let networks = holdings.networks.as_ref()?;
    // An engine takes the id of a network as well, which is not known here.
    let may_be_id = network.len() >= 12 && network.chars().all(|c| c.is_ascii_hexdigit());
    (!networks.contains_key(network) && !may_be_id).then(|| Fact::NoNetwork(network.to_owned()))
}

fn missing_container(scene: &FindingContext<'_>, holdings: &Holdings, target: &str) -> Option<Fact> {
    // The file's own come before it.
    if scene.environment.instance_named(target).is_some() {
        return None;
    }
    let is_id = |id: &str| target.len() >= 12 && id.starts_with(target);
    let there =
        holdings.containers.values().find(|container| container.name == target || is_id(&container.id));
    match there {
        Some(container) if container.state.is_up() => None,
        Some(_) => Some(Fact::ContainerDown(target.to_owned())),
        None => Some(Fact::NoContainer(target.to_owned())),
    }
}
