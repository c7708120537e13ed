//! Named volumes.

use super::{ProjectResolver, engine_name};
use crate::compose::{element::Element, project::ProjectSection};
use crate::resolve::label::{labels, pairs};
use maestro_core::model::{
    network::LABEL_PROJECT,
    volume::{EnvironmentVolume, VolumeOptions},
};

/// Label of docker compose with a volume's key in the file.
const LABEL_VOLUME: &str = "com.docker.compose.volume";

impl ProjectResolver<'_, '_> {
    /// The named volumes that services use.
    pub(super) fn volumes(&self) -> Vec<EnvironmentVolume> {
        let volumes = self.project.entries(ProjectSection::Volumes).map(|(key, element)| {
            let own = [(LABEL_PROJECT, self.project.name.as_str()), (LABEL_VOLUME, key)];
            EnvironmentVolume {
                name: engine_name(key, element),
                external: element.get("external").is_some_and(Element::is_true),
                options: VolumeOptions {
                    driver: element.text_of("driver").map(str::to_owned),
                    driver_opts: pairs(element, "driver_opts"),
                    labels: labels(element, own),
                },
            }
        });
        volumes.collect()
    }
}
