//! Named volumes.

use std::collections::BTreeMap;

use super::ProjectResolver;
use crate::compose::{element::Element, project::ProjectSection};
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
            let mut labels = pairs(element, "labels");
            labels.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
            EnvironmentVolume {
                name: self.engine_name(ProjectSection::Volumes, key).unwrap_or_else(|| key.to_owned()),
                external: element.get("external").is_some_and(Element::is_true),
                options: VolumeOptions {
                    driver: element.text_of("driver").map(str::to_owned),
                    driver_opts: pairs(element, "driver_opts"),
                    labels,
                },
            }
        });
        volumes.collect()
    }
}

/// The names of that mapping with their values; a missing one is empty.
pub(super) fn pairs(element: &Element, name: &str) -> BTreeMap<String, String> {
    let pairs = element.spanned_pairs(name);
    pairs
        .map(|(name, value)| {
            (name.value.to_owned(), value.map(|value| value.value.to_owned()).unwrap_or_default())
        })
        .collect()
}
