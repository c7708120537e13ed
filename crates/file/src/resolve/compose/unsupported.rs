//! Keys of the specification that nothing carries out yet: what changes a container is refused, what does not is told.

use super::ProjectResolver;
use maestro_core::{diagnostic::Diagnostic, source::Span};

/// Keys without which a container would be another one than the file says, and what to do.
const REFUSED: [(&str, &str); 14] = [
    ("blkio_config", "remove it, or set the weights with `docker update`"),
    ("cpu_count", "it is for Windows: use `cpus`"),
    ("cpu_percent", "it is for Windows: use `cpus`"),
    ("cpu_rt_period", "use `cpus`"),
    ("cpu_rt_runtime", "use `cpus`"),
    ("credential_spec", "it is for Windows: remove it"),
    ("gpus", "use `runtime: nvidia` with the variable `NVIDIA_VISIBLE_DEVICES`"),
    ("isolation", "it is for Windows: remove it"),
    ("models", "run the model as a service"),
    ("platform", "pull the image for the platform first, and remove `platform`"),
    ("post_start", "run the command in the entrypoint of the image"),
    ("pre_stop", "handle the stop signal in the image"),
    ("provider", "run what it provides as a service"),
    ("use_api_socket", "mount `/var/run/docker.sock` in `volumes`"),
];

/// Keys that change nothing that runs, and why.
const TOLD: [(&str, &str); 3] = [
    ("annotations", "containers are created without them"),
    ("pull_policy", "an image that is missing is pulled; `--refresh-images` pulls all"),
    ("mac_address", "write it below the network: `networks: {default: {mac_address: …}}`"),
];

impl ProjectResolver<'_, '_> {
    /// Tells what is not carried out.
    pub(super) fn tell_unsupported(&mut self) {
        for service in self.project.services() {
            for (key, member) in service.element.members().into_iter().flatten() {
                if let Some((key, instead)) = REFUSED.iter().find(|(refused, _)| refused == key) {
                    self.unsupported(member.key, &format!("`{key}`"), instead);
                }
                if let Some((key, why)) = TOLD.iter().find(|(told, _)| told == key) {
                    self.without_effect(member.key, key, why);
                }
            }
            let devices = super::setting::resource(service.element, "reservations", "devices");
            if let Some(devices) = devices {
                let instead = "use `runtime: nvidia` with the variable `NVIDIA_VISIBLE_DEVICES`";
                self.unsupported(devices.span, "reserving devices", instead);
            }
        }
    }

    fn without_effect(&mut self, span: Span, key: &str, why: &str) {
        let text = format!("`{key}` has no effect");
        self.diagnostics.push(Diagnostic::warning("no-effect", text).at(span, "").note(why.to_owned()));
    }
}
