//! Volumes, and the clock that their ages are measured by.

use std::{collections::BTreeMap, time::SystemTime};

use super::{
    Docker,
    answers::{self, Info, ListedVolume, ListedVolumes},
    error::Asked,
    wire::segment,
};
use crate::{EngineError, Volume};
use maestro_core::{fault::EngineFault, model::volume::VolumeOptions};

pub(super) async fn one(docker: &Docker, name: &str) -> Result<Option<Volume>, EngineError> {
    match docker.read::<ListedVolume>(&format!("/volumes/{}", segment(name))).await {
        Ok(volume) => Ok(Some(volume.into())),
        Err(EngineError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) async fn with(
    docker: &Docker,
    labels: &BTreeMap<String, String>,
) -> Result<Vec<Volume>, EngineError> {
    let label = |(name, value): (&String, &String)| match value.as_str() {
        "" => name.clone(),
        value => format!("{name}={value}"),
    };
    let labels: Vec<String> = labels.iter().map(label).collect();
    let filters = serde_json::json!({ "label": labels }).to_string();
    let listed: ListedVolumes = docker.read(&format!("/volumes?filters={}", segment(&filters))).await?;
    Ok(listed.volumes.unwrap_or_default().into_iter().map(Volume::from).collect())
}

pub(super) async fn create(
    docker: &Docker,
    name: &str,
    options: &VolumeOptions,
) -> Result<Volume, EngineError> {
    let VolumeOptions { driver, driver_opts, labels } = options;
    let driver = driver.as_deref().unwrap_or("local");
    let mut body = serde_json::json!({ "Name": name, "Driver": driver, "Labels": labels });
    if !driver_opts.is_empty() {
        body["DriverOpts"] = serde_json::json!(driver_opts);
    }
    let call = docker.wire.post_for::<ListedVolume>("/volumes/create", &body);
    docker.within(Asked::Changing, docker.timeout, call).await.map(Volume::from)
}

pub(super) async fn remove(docker: &Docker, name: &str) -> Result<(), EngineError> {
    let options = None::<bollard::query_parameters::RemoveVolumeOptions>;
    match docker.change(docker.client.remove_volume(&segment(name), options)).await {
        Err(EngineError::NotFound(_)) => Ok(()),
        result => result,
    }
}

pub(super) async fn clock(docker: &Docker) -> Result<SystemTime, EngineError> {
    let Info { system_time, .. } = docker.read("/info").await?;
    answers::time(&system_time).ok_or(EngineError::Refused(EngineFault::NoClock))
}
