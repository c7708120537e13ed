//! What the engine in memory mounts in containers: anonymous volumes are new ones unless a predecessor's are asked for.

use std::collections::BTreeMap;

use super::{Fake, container::FakeContainer, state::Inside};
use maestro_core::{
    model::{
        carried::own_volumes,
        container::{ContainerSpec, MountKind},
    },
    observed::{
        kept_files::volume_labels,
        mounts::{Mounted, Source},
    },
};
use maestro_engine::Volume;

impl Fake {
    /// The volumes that are mounted in a container, by path inside. A volume's name stands for what is in it.
    #[must_use]
    pub fn volumes_of(&self, container: &str) -> BTreeMap<String, String> {
        let inside = self.inside();
        let kept = inside.containers.get(container);
        kept.into_iter()
            .flat_map(FakeContainer::volumes)
            .map(|(path, name)| (path.to_owned(), name.to_owned()))
            .collect()
    }
}

impl Inside {
    /// Mounts what a container is made with, as an engine does: what is said of a path counts before what other
    /// containers have there, and a new volume is made where neither says anything.
    pub(super) fn mount(
        &mut self,
        spec: &ContainerSpec,
        image_id: &str,
        volumes: &BTreeMap<String, String>,
    ) -> Vec<Mounted> {
        let mut mounted: BTreeMap<String, Mounted> = BTreeMap::new();
        for from in &spec.volumes_from {
            let name = from.split(':').next().unwrap_or(from);
            let others = self.containers.get(name).into_iter().flat_map(|kept| &kept.shown.mounts);
            mounted.extend(others.map(|other| (other.path.clone(), other.clone())));
        }
        for mount in &spec.mounts {
            let source = match mount.kind() {
                MountKind::Bind => Source::Path(mount.source.clone()),
                MountKind::Volume => {
                    self.have_volume(&mount.source);
                    Source::Volume(mount.source.clone())
                }
                MountKind::Image => Source::Other("image".to_owned()),
            };
            let writable = !mount.has("ro");
            let path = mount.target.clone();
            mounted.insert(path.clone(), Mounted { source, path, writable });
        }
        for (path, name) in volumes {
            self.have_volume(name);
            let source = Source::Volume(name.clone());
            mounted.insert(path.clone(), Mounted { source, path: path.clone(), writable: true });
        }
        let of_image = self.defaults.get(image_id).map(|image| image.volumes.clone()).unwrap_or_default();
        let of_files = own_volumes(&spec.files);
        for path in of_image.iter().chain(&spec.anonymous_volumes()) {
            // Engines leave out the slash at its end.
            let path = path.trim_end_matches('/').to_owned();
            if mounted.contains_key(&path) {
                continue;
            }
            let name = self.new_id();
            self.have_volume(&name);
            if of_files.contains(&path)
                && let Some(volume) = self.volumes.get_mut(&name)
            {
                volume.labels = volume_labels(&spec.owner.environment, &spec.name);
            }
            mounted.insert(path.clone(), Mounted { source: Source::Volume(name), path, writable: true });
        }
        mounted.into_values().collect()
    }

    fn have_volume(&mut self, name: &str) {
        let make = || Volume { name: name.to_owned(), labels: BTreeMap::new(), created: None };
        self.volumes.entry(name.to_owned()).or_insert_with(make);
    }
}
