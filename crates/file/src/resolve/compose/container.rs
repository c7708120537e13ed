//! What a container of a service is created from.

use indexmap::IndexMap;

use super::{
    Networks, ProjectResolver, api_socket, instance_name, network,
    setting::{self, list, resources},
    ulimit::ulimits,
};
use crate::compose::{element::Element, project::Project, service::ComposeService};
use crate::resolve::label::{labels, pairs};
use maestro_core::model::{
    ShipId,
    carried::CarriedFiles,
    container::{ContainerOwner, ContainerSpec, RestartPolicy},
    network::LABEL_PROJECT,
};

/// Labels of docker compose: the service, the number of the container, and whether it was made by `run`.
const LABEL_SERVICE: &str = "com.docker.compose.service";
const LABEL_NUMBER: &str = "com.docker.compose.container-number";
const LABEL_ONEOFF: &str = "com.docker.compose.oneoff";
/// Label without which docker compose takes no container for one of its own. It recreates one whose label has another hash
/// than its own, which no other program can tell.
const LABEL_HASH: &str = "com.docker.compose.config-hash";

/// The image of a service. docker compose gives the name of service and project to what it builds.
pub(super) fn image_of(project: &Project, service: ComposeService<'_>) -> String {
    let written = service.element.text_of("image").filter(|image| !image.is_empty());
    written.map_or_else(|| format!("{}-{}", project.name, service.name), str::to_owned)
}

impl<'p> ProjectResolver<'p, '_> {
    /// The specification of a service's first container, and the files of all its containers.
    pub(super) fn container(
        &mut self,
        service: ComposeService<'p>,
        ships: &[ShipId],
        networks: &Networks<'p>,
    ) -> (ContainerSpec, CarriedFiles) {
        let element = service.element;
        let text = |key: &str| element.text_of(key).filter(|text| !text.is_empty()).map(str::to_owned);
        let texts = |key: &str| element.get(key).map(list).unwrap_or_default();
        let integer = |key: &str| element.spanned_integer(key).map(|number| number.value);
        let logging = element.get("logging");
        let (network, attachments) = network::connection(service, networks);
        let mounts = self.mounts(service);
        let owner =
            ContainerOwner { environment: self.project.name.clone(), service: service.name.to_owned() };
        let image = image_of(self.project, service);
        let memory_limit =
            || resources(element, "limits")?.spanned_integer("memory").map(|bytes| bytes.value);
        let mut spec = ContainerSpec::new(&instance_name(service.name, 1), &image, network, owner);
        spec.command = element.get("command").and_then(Element::items).map(|_| texts("command"));
        spec.env = service
            .variables()
            .map(|(name, value)| (name.value.to_owned(), value.map(|value| value.value.to_owned())))
            .collect();
        spec.hostname = text("hostname");
        spec.ports = self.ports(service);
        spec.mounts = mounts.named;
        spec.volumes = mounts.anonymous;
        spec.volumes_from = texts("volumes_from").iter().map(|from| volumes_from(from)).collect();
        spec.extra_hosts = extra_hosts(element);
        spec.restart = restart(element);
        spec.privileged = element.get("privileged").is_some_and(Element::is_true);
        spec.cap_add = texts("cap_add");
        spec.cap_drop = texts("cap_drop");
        spec.dns = texts("dns");
        spec.security_opt = self.security_options(element);
        spec.ulimits = ulimits(element);
        spec.user = text("user");
        spec.workdir = text("working_dir");
        let own = [
            (LABEL_PROJECT, self.project.name.as_str()),
            (LABEL_SERVICE, service.name),
            (LABEL_NUMBER, "1"),
            (LABEL_ONEOFF, "False"),
            (LABEL_HASH, "maestro"),
        ];
        spec.labels = labels(element, own);
        spec.cpu_shares = integer("cpu_shares");
        spec.memory = integer("mem_limit").or_else(memory_limit);
        spec.memory_swap = integer("memswap_limit");
        spec.log_driver = logging.and_then(|logging| logging.text_of("driver")).map(str::to_owned);
        spec.log_opt = logging.map(|logging| pairs(logging, "options")).unwrap_or_default();
        spec.settings = setting::settings(element, &mounts.memory);
        spec.attachments = attachments;
        let local = self.local_files(service, ships, &mut spec);
        let is_on_swarm = self.swarm_of(ships).is_some();
        let files = self.files(service, &spec, is_on_swarm);
        spec.mounts.extend(files.mounted);
        let configuration = api_socket::configuration(service, &mut spec);
        let carried = local.into_iter().chain(files.carried.iter().cloned()).chain(configuration);
        let carried: CarriedFiles = carried.collect();
        spec.files = carried.specs().into_iter().chain(files.specs).collect();
        (spec, carried)
    }
}

/// The same for the container with that number.
pub(super) fn numbered(mut spec: ContainerSpec, service: &str, number: usize) -> ContainerSpec {
    spec.name = instance_name(service, number);
    spec.labels.insert(LABEL_NUMBER.to_owned(), number.to_string());
    spec
}

/// `service:ro` and `container:name:ro` in the engine's words.
fn volumes_from(written: &str) -> String {
    if let Some(container) = written.strip_prefix("container:") {
        return container.to_owned();
    }
    match written.split_once(':') {
        Some((service, mode)) => format!("{}:{mode}", instance_name(service, 1)),
        None => instance_name(written, 1),
    }
}

/// The policy of `deploy` takes precedence.
fn restart(element: &Element) -> Option<RestartPolicy> {
    if let Some(policy) = element.get("deploy").and_then(|deploy| deploy.get("restart_policy")) {
        let attempts = policy.spanned_integer("max_attempts");
        let attempts = attempts.and_then(|attempts| u32::try_from(attempts.value).ok()).unwrap_or_default();
        let (name, retries) = match policy.text_of("condition") {
            Some("none") => ("no", 0),
            Some("on-failure") => ("on-failure", attempts),
            Some("unless-stopped") => ("unless-stopped", 0),
            Some(_) | None => ("always", 0),
        };
        return Some(RestartPolicy { name: name.to_owned(), retries });
    }
    let written = element.text_of("restart").filter(|text| !text.is_empty())?;
    let (name, retries) = written.split_once(':').unwrap_or((written, "0"));
    Some(RestartPolicy { name: name.to_owned(), retries: retries.parse().unwrap_or_default() })
}

/// Host names and their addresses, with commas between them.
fn extra_hosts(element: &Element) -> IndexMap<String, String> {
    let hosts = element.entries("extra_hosts");
    hosts.map(|(name, addresses)| (name.value.to_owned(), list(addresses).join(","))).collect()
}
