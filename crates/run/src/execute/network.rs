//! Actions on the environment's network.

use std::collections::{BTreeMap, BTreeSet};

use maestro_core::{
    fault::StepFault,
    model::{
        container::LABEL_ENVIRONMENT,
        membership::Membership,
        network::{LABEL_PROJECT, is_of_environment},
    },
    plan::action::NetworkAction,
};
use maestro_engine::{Engine, EngineError};

/// Asks the engine to change the network, or a container's membership.
///
/// # Errors
/// As the engine answers; a conflict if a network that is to be removed is not that environment's.
pub(super) async fn run(engine: &dyn Engine, action: &NetworkAction) -> Result<(), EngineError> {
    match action {
        NetworkAction::Create { name, environment, options, fixed } => {
            let mut options = options.clone();
            options.labels.insert(LABEL_ENVIRONMENT.to_owned(), environment.clone());
            engine.create_network(name, &options, *fixed).await
        }
        NetworkAction::Remove { name, environment } => remove(engine, name, environment).await,
        NetworkAction::Rejoin { container, id, membership } => {
            engine.rejoin(id.as_ref().unwrap_or(container), membership).await
        }
    }
}

/// Observes whether the change was made.
pub(super) async fn verify(engine: &dyn Engine, action: &NetworkAction) -> bool {
    match action {
        NetworkAction::Create { name, environment, .. } => engine
            .networks()
            .await
            .is_ok_and(|networks| networks.get(name).is_some_and(|labels| is_of(labels, environment))),
        NetworkAction::Remove { name, .. } => {
            engine.networks().await.is_ok_and(|networks| !networks.contains_key(name))
        }
        NetworkAction::Rejoin { container, id, membership } => {
            let Membership { network, links, attachment } = &**membership;
            let Ok(Some(seen)) = engine.inspect(id.as_ref().unwrap_or(container)).await else { return false };
            let seen = seen.description;
            let Some(endpoint) = seen.networks.get(network) else { return false };
            let is_given = |alias: &&String| **alias != seen.name && **alias != seen.hostname;
            let given: BTreeSet<&String> = attachment.aliases.iter().filter(is_given).collect();
            endpoint.links.iter().eq(links.iter().collect::<BTreeSet<_>>())
                && endpoint.aliases.iter().filter(is_given).eq(given)
        }
    }
}

/// Removes a network if it still is that environment's: networks are removed by name.
async fn remove(engine: &dyn Engine, name: &str, environment: &str) -> Result<(), EngineError> {
    // docker compose may have made it for the project, whose name the environment has.
    let project = BTreeMap::from([(LABEL_PROJECT.to_owned(), environment.to_owned())]);
    match engine.networks().await?.get(name) {
        Some(labels) if is_of_environment(labels, &project, environment) => engine.remove_network(name).await,
        Some(_) => Err(EngineError::Conflict(StepFault::NetworkReplaced(name.to_owned()).into())),
        None => engine.remove_network(name).await,
    }
}

fn is_of(labels: &BTreeMap<String, String>, environment: &str) -> bool {
    labels.get(LABEL_ENVIRONMENT).is_some_and(|of| of == environment)
}
