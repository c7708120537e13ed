//! Actions on a container.

use super::{Run, carried, earlier, hook, outcome::Verified, reload, safety, volume};
use maestro_core::{
    model::{
        carried::own_volumes,
        container::{LABEL_CONFIG, LABEL_ENVIRONMENT, LABEL_INSTANCE},
        file_label::labelled,
    },
    observed::{ContainerState, description::Description},
    plan::{StepId, action::ContainerAction, volumes},
};
use maestro_engine::{Engine, EngineError, ownership};

/// Asks the engine to change a container. Returns the id of a container that it created.
///
/// # Errors
/// As the engine answers; a conflict if another run has removed the container that is to stay.
pub(super) async fn run(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    action: &ContainerAction,
) -> Result<Option<String>, EngineError> {
    match action {
        ContainerAction::Create { name, spec, volumes, names } => {
            let volumes = carried::declared(run, id, engine, spec, volumes).await?;
            return earlier::create(run, id, engine, name, spec, &volumes, names).await.map(Some);
        }
        ContainerAction::Copy { container, id, files } => {
            engine.copy_files(id.as_ref().unwrap_or(container), files).await?;
        }
        ContainerAction::Reload { files, signals, record, replaced, .. } => {
            reload::run(engine, (files, signals), record, replaced).await?;
        }
        ContainerAction::Rename { container, id, to } => {
            engine.rename(id.as_ref().unwrap_or(container), to).await?;
        }
        ContainerAction::Discard { names, keep, keep_on, left, timeout } => {
            safety::has_predecessor(run, *keep_on, keep).await?;
            for discarded in to_discard(run, id, engine, names, (keep, left)).await? {
                engine.stop(&discarded.id, *timeout).await?;
                let volumes = file_volumes(engine, &discarded).await?;
                engine.remove(&discarded.id).await?;
                remove_volumes(engine, &volumes).await?;
            }
        }
        ContainerAction::Start { container, hooks } => {
            engine.start(container).await?;
            hook::post_start(engine, container, hooks).await?;
        }
        ContainerAction::Stop { hooks, id, timeout, .. } => {
            hook::pre_stop(engine, id, hooks).await?;
            engine.stop(id, *timeout).await?;
        }
        ContainerAction::Kill { id, .. } => engine.kill(id).await?,
        ContainerAction::Pause { id, .. } => engine.pause(id).await?,
        ContainerAction::Unpause { id, .. } => engine.unpause(id).await?,
        ContainerAction::Remove { id: container, leaves, file_volumes, .. } => {
            safety::has_successor(run, run.plan.step(id)).await?;
            for left in leaves {
                volume::record(engine, left).await?;
            }
            engine.remove(container).await?;
            remove_volumes(engine, file_volumes).await?;
        }
    }
    Ok(None)
}

/// The volumes of a container that hold nothing but files that were copied into it.
async fn file_volumes(engine: &dyn Engine, container: &Description) -> Result<Vec<String>, EngineError> {
    if own_volumes(&labelled(&container.labels)).is_empty() {
        return Ok(Vec::new());
    }
    // Only a list tells what is mounted under which name.
    let containers = engine.containers().await?;
    Ok(containers.iter().find(|one| one.id == container.id).map(volumes::file_volumes).unwrap_or_default())
}

/// Removes volumes that nobody needs any more. One that another container has stays.
async fn remove_volumes(engine: &dyn Engine, volumes: &[String]) -> Result<(), EngineError> {
    for volume in volumes {
        match engine.remove_volume(volume).await {
            Ok(()) | Err(EngineError::NotFound(_) | EngineError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Observes whether a container was changed.
pub(super) async fn verify(run: &Run, id: StepId, engine: &dyn Engine, action: &ContainerAction) -> Verified {
    match changed(run, id, engine, action).await {
        Some(container) => Verified::Done { container },
        None => Verified::Unknown,
    }
}

/// The id of a container that was changed, as far as it is known; none if it is not known to be changed.
async fn changed(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    action: &ContainerAction,
) -> Option<Option<String>> {
    let name = match action {
        ContainerAction::Discard { names, keep, left, .. } => {
            return to_discard(run, id, engine, names, (keep, left)).await.ok()?.is_empty().then_some(None);
        }
        // What is copied again is the same.
        ContainerAction::Copy { container, id, files } => {
            let copied = engine.copy_files(id.as_ref().unwrap_or(container), files).await;
            return copied.ok().map(|()| None);
        }
        ContainerAction::Reload { files, signals, record, replaced, .. } => {
            let done = reload::run(engine, (files, signals), record, replaced).await;
            return done.ok().map(|()| None);
        }
        ContainerAction::Create { name, .. } | ContainerAction::Rename { to: name, .. } => name,
        ContainerAction::Start { container, .. } => container,
        ContainerAction::Stop { id, .. }
        | ContainerAction::Kill { id, .. }
        | ContainerAction::Pause { id, .. }
        | ContainerAction::Unpause { id, .. }
        | ContainerAction::Remove { id, .. } => id,
    };
    let seen = ownership::inspect(engine, &run.environment.name, name).await.ok()?;
    let made = seen.as_ref().map(|seen| &seen.description);
    let up = seen.as_ref().is_some_and(|seen| seen.state.is_up());
    let is = |state: &ContainerState| seen.as_ref().is_some_and(|seen| seen.state == *state);
    let happened = match action {
        ContainerAction::Create { spec, .. } => {
            made.is_some_and(|made| made.labels.get(LABEL_CONFIG).is_some_and(|hash| hash == spec.hash()))
        }
        // Whether its hooks have run cannot be seen.
        ContainerAction::Start { hooks, .. } => up && hooks.is_empty(),
        ContainerAction::Rename { container, id, to } => {
            let was_it =
                made.is_some_and(|made| id.as_ref().is_none_or(|id| *id == made.id) && made.name == *to);
            was_it && (id.is_some() || engine.inspect(container).await.ok()?.is_none())
        }
        ContainerAction::Remove { file_volumes, .. } => {
            seen.is_none() && remove_volumes(engine, file_volumes).await.is_ok()
        }
        ContainerAction::Copy { .. } | ContainerAction::Reload { .. } => false,
        ContainerAction::Pause { .. } => is(&ContainerState::Paused),
        ContainerAction::Unpause { .. } => is(&ContainerState::Running),
        ContainerAction::Stop { .. } | ContainerAction::Kill { .. } | ContainerAction::Discard { .. } => !up,
    };
    happened.then(|| seen.map(|seen| seen.description.id))
}

/// This instance's containers that have one of these names, as far as this run has made them or has found
/// them as `left`, but for the one that stays. What another run makes meanwhile under such a name is its own.
async fn to_discard(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    names: &[String],
    (keep, left): (&str, &[String]),
) -> Result<Vec<Description>, EngineError> {
    let instance = run.plan.step(id).instance.map(|instance| &run.environment.instance(instance).name);
    let made = run.made.of(run.plan.step(id));
    let mut found: Vec<Description> = Vec::new();
    for name in names {
        let Some(seen) = ownership::inspect(engine, &run.environment.name, name).await? else { continue };
        let Description { id, labels, .. } = &*seen.description;
        let is_ours = labels.get(LABEL_ENVIRONMENT) == Some(&run.environment.name)
            && labels.get(LABEL_INSTANCE) == instance;
        let is_known = made.as_ref() == Some(id) || left.contains(id);
        if is_ours && is_known && id != keep && found.iter().all(|other| other.id != *id) {
            found.push(*seen.description);
        }
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}
