//! Named volumes.

use super::{ProjectResolver, engine_name};
use crate::compose::{element::Element, project::ProjectSection};
use crate::resolve::{
    label::{labels, pairs},
    near_name::{ALLOWED, container_name_like},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    model::{
        name::is_container_name,
        network::LABEL_PROJECT,
        volume::{EnvironmentVolume, VolumeOptions},
    },
};

/// Label of docker compose with a volume's key in the file.
const LABEL_VOLUME: &str = "com.docker.compose.volume";

/// The options of the driver `local`.
const OF_LOCAL: [&str; 4] = ["type", "o", "device", "size"];
/// Those that a mount needs, and what to do without them.
const OF_MOUNT: [(&str, &str); 2] = [
    ("device", "write for example `device: \":/export/shop\"` for NFS, or the path of a directory"),
    ("type", "write for example `type: nfs`, or `type: none` for a directory with `o: bind`"),
];

impl ProjectResolver<'_, '_> {
    /// Tells names and options of volumes that engines refuse.
    pub(super) fn tell_bad_volumes(&mut self) {
        for (_, volume) in self.project.entries(ProjectSection::Volumes) {
            if volume.is_external() {
                continue;
            }
            self.diagnostics.extend(bad_name(volume));
            if volume.text_of("driver").is_none_or(|driver| ["", "local"].contains(&driver)) {
                self.diagnostics.extend(bad_options(volume));
            }
        }
    }

    /// The named volumes that services use.
    pub(super) fn volumes(&self) -> Vec<EnvironmentVolume> {
        let volumes = self.project.entries(ProjectSection::Volumes).map(|(key, element)| {
            let own = [(LABEL_PROJECT, self.project.name.as_str()), (LABEL_VOLUME, key)];
            EnvironmentVolume {
                name: engine_name(key, element),
                external: element.is_external(),
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

/// Docker has one rule for names of volumes and of containers.
fn bad_name(volume: &Element) -> Option<Diagnostic> {
    let name = volume.spanned_text("name").filter(|name| !is_container_name(name.value))?;
    Some(
        Diagnostic::error("bad-name", format!("`{}` cannot be the name of a volume", name.value))
            .at(name.span, "the volume's name")
            .note(ALLOWED)
            .help(format!("write for example `name: {}`", container_name_like(name.value))),
    )
}

fn bad_options(volume: &Element) -> Vec<Diagnostic> {
    let options: Vec<_> = volume.spanned_pairs("driver_opts").map(|(name, _)| name).collect();
    let unknown = options.iter().filter(|name| !OF_LOCAL.contains(&name.value)).map(|name| {
        let problem =
            Diagnostic::error("bad-option", format!("the driver `local` has no option `{}`", name.value))
                .at(name.span, "unknown option");
        match nearest(name.value, OF_LOCAL) {
            Some(near) => problem.help(Help::did_you_mean(name.span, name.value, near)),
            None => problem.help("it has `type`, `o`, `device` and `size`"),
        }
    });
    let unknown: Vec<Diagnostic> = unknown.collect();
    let mount = options.iter().find(|name| ["type", "o", "device"].contains(&name.value));
    let lacks = |(option, help): &(&str, &str)| {
        let mount =
            mount.filter(|_| unknown.is_empty() && !options.iter().any(|name| name.value == *option))?;
        Some(
            Diagnostic::error("missing-key", format!("`{}` needs `{option}`", mount.value))
                .at(mount.span, "an engine mounts nothing without it")
                .help((*help).to_owned()),
        )
    };
    let missing: Vec<Diagnostic> = OF_MOUNT.iter().filter_map(lacks).collect();
    unknown.into_iter().chain(missing).collect()
}
