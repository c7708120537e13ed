//! Creations that a killed run has left under way: an engine finishes them, and until then keeps their names without
//! showing them anywhere.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use super::{Run, warnings};
use maestro_core::{
    model::{
        container::{ContainerNames, LABEL_CONFIG, LABEL_ENVIRONMENT, LABEL_INSTANCE},
        shared::SharedSpec,
    },
    observed::{Container, ContainerState, mounts::Mounted},
    plan::StepId,
};
use maestro_engine::{Created, Engine, EngineError, ownership};

/// The first pause before the engine is asked again; each later one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Creates a container. On an engine where a killed run may be creating it, a name that is taken for nothing is waited for,
/// and the container that the killed run asked for is used if it is the same.
///
/// # Errors
/// As the engine answers; a conflict if the name is still taken after the ship's timeout.
pub(super) async fn create(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    name: &str,
    spec: &SharedSpec,
    volumes: &BTreeMap<String, String>,
    names: &ContainerNames,
) -> Result<String, EngineError> {
    let ship = run.plan.step(id).ship;
    let end = Instant::now() + run.environment.ship(ship).timeout;
    let mut pause = FIRST_PAUSE;
    loop {
        let conflict = match engine.create(name, spec, volumes, names).await {
            Ok(Created { id: container, warnings }) => {
                warnings::tell(run, id, &warnings);
                return Ok(container);
            }
            Err(error @ EngineError::Conflict(_)) => error,
            Err(error) => return Err(error),
        };
        if run.guard.as_deref().is_none_or(|guard| !guard.follows_a_killed_run(ship)) {
            return Err(conflict);
        }
        let (containers, _) = ownership::containers(engine, &run.environment.name).await?;
        match containers.iter().find(|container| container.name == name) {
            Some(found) if is_same(found, &run.environment.name, spec, volumes) => {
                return Ok(found.id.clone());
            }
            Some(_) => return Err(conflict),
            None if Instant::now() >= end => return Err(conflict),
            None => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether a container that was never started is what this run would have created.
fn is_same(
    found: &Container,
    environment: &str,
    spec: &SharedSpec,
    volumes: &BTreeMap<String, String>,
) -> bool {
    let label = |name: &str| found.labels.get(name).map(String::as_str);
    let mounts = |(path, volume): (&String, &String)| {
        let is_it = |mount: &Mounted| mount.path == *path && mount.anonymous() == Some(volume);
        found.mounts.iter().any(is_it)
    };
    found.state == ContainerState::Created
        && label(LABEL_ENVIRONMENT) == Some(environment)
        && label(LABEL_INSTANCE) == Some(&spec.name)
        && label(LABEL_CONFIG) == Some(spec.hash())
        && volumes.iter().all(mounts)
}
