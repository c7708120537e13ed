//! The volumes that a new container takes over, as far as its image has them.

use std::collections::BTreeMap;

use super::{Run, about, volume};
use maestro_core::{
    event::{Event, Remark},
    model::container::ContainerSpec,
    observed::left_behind::LeftBehind,
    plan::{StepId, action::Carried},
};
use maestro_engine::{Engine, EngineError};

/// Volumes to mount, by path inside. What depends on the image is looked up there; what its image no longer has is left
/// out, and told.
pub(super) async fn declared(
    run: &Run,
    id: StepId,
    engine: &dyn Engine,
    spec: &ContainerSpec,
    volumes: &[Carried],
) -> Result<BTreeMap<String, String>, EngineError> {
    let mut all: BTreeMap<String, String> =
        volumes.iter().map(|one| (one.path.clone(), one.volume.clone())).collect();
    if !volumes.iter().any(|one| one.if_declared) {
        return Ok(all);
    }
    let image = engine.image_defaults(&spec.image).await?.unwrap_or_default();
    let is_declared = |path: &str| {
        image.volumes.iter().any(|declared| declared.trim_end_matches('/') == path.trim_end_matches('/'))
    };
    for Carried { volume: name, path, .. } in
        volumes.iter().filter(|one| one.if_declared && !is_declared(&one.path))
    {
        all.remove(path);
        let (subject, _) = about(run, id);
        if let Some(instance) = &subject.instance {
            let left = LeftBehind {
                volume: name.clone(),
                environment: run.environment.name.clone(),
                instance: instance.clone(),
                path: path.clone(),
            };
            volume::record(engine, &left).await?;
        }
        let remark = Remark::VolumeStays { volume: name.clone(), path: path.clone() };
        run.events.send(Event::Remark { subject, remark }).ok();
    }
    Ok(all)
}
