//! What a container that runs could be made from again: how it is made, without what its image adds by itself. The other
//! way round of [`drift`](super::drift): made from it, a container would not differ.

use std::collections::BTreeMap;

use crate::{
    model::{
        attachment::Attachment,
        carried::own_volumes,
        container::{
            ContainerOwner, ContainerSettings, ContainerSpec, LABEL_CONFIG, LABEL_CONFIG_OWN,
            LABEL_ENVIRONMENT, LABEL_IMAGE_ID, LABEL_INSTANCE, LABEL_SERVICE, Mount, Network, Port, Protocol,
            RestartPolicy, Setting, SettingValue, Ulimit, network_name, older_network_name,
        },
        endpoint_label::LABEL_ENDPOINTS,
        file_label::{LABEL_FILES, labelled},
        network::LABEL_PROJECT,
        swarm::ServiceRequest,
    },
    observed::description::{Description, ImageDefaults},
    value::setting::{OF_CONTAINER, has_entrypoint, shares_namespace},
};

/// The specification of the instance of that name.
#[must_use]
pub fn specification(name: &str, now: &Description, image: &ImageDefaults) -> ContainerSpec {
    let label = |label: &str| now.labels.get(label).cloned().unwrap_or_default();
    let owner = ContainerOwner { environment: label(LABEL_ENVIRONMENT), service: label(LABEL_SERVICE) };
    let network = network(now, &owner.environment);
    let has_own_name =
        !matches!(&network, Network::Mode { mode, .. } if mode == "host" || mode.starts_with(OF_CONTAINER));
    let mut spec = ContainerSpec::new(name, &now.image, network, owner);
    spec.attachments = attachments(&spec, now);
    let other = |now: &String, image: &String| (now != image && !now.is_empty()).then(|| now.clone());
    spec.settings = Setting::own(&now.settings, &image.settings);
    own_exposed(&mut spec.settings, now, image);
    let by_itself = if has_entrypoint(&spec.settings) { &[][..] } else { &image.command };
    spec.command = (now.command != by_itself && !now.command.is_empty()).then(|| now.command.clone());
    let own = now.env.iter().filter(|(name, value)| image.env.get(name) != Some(*value));
    spec.env = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    // Engines name a container that has no name inside by its id.
    let is_said = has_own_name && !now.hostname.is_empty() && !now.id.starts_with(&now.hostname);
    spec.hostname = is_said.then(|| now.hostname.clone());
    spec.user = other(&now.user, &image.user);
    spec.workdir = other(&now.workdir, &image.workdir);
    spec.ports = now.ports.iter().filter_map(|(inside, outside)| port(inside, outside)).collect();
    storage(&mut spec, now, image);
    spec.extra_hosts = now.extra_hosts.clone().into_iter().collect();
    let (policy, retries) = &now.restart;
    let retries = u32::try_from(*retries).unwrap_or_default();
    spec.restart =
        (policy != "no" && !policy.is_empty()).then(|| RestartPolicy { name: policy.clone(), retries });
    rights(&mut spec, now);
    spec.labels = labels(now, image);
    limits(&mut spec, now);
    spec
}

/// What of a service on a Swarm is told as for a container: its image, labels and networks. The service itself is told whole.
pub(super) fn service_specification(name: &str, now: &Description) -> ContainerSpec {
    let label = |label: &str| now.labels.get(label).cloned().unwrap_or_default();
    let owner = ContainerOwner { environment: label(LABEL_ENVIRONMENT), service: label(LABEL_SERVICE) };
    let document = now.service.as_deref().cloned().unwrap_or_default();
    let request = ServiceRequest { document };
    let mut networks = request.networks().map(str::to_owned);
    let network = match networks.next() {
        Some(name) => Network::Environment { name, links: Vec::new() },
        None => Network::Mode { mode: "none".to_owned(), links: Vec::new() },
    };
    let mut spec = ContainerSpec::new(name, &now.image, network, owner);
    spec.attachments = networks.map(|network| (network, Attachment::default())).collect();
    spec
}

/// Leaves the exposed ports that are neither published nor the image's.
fn own_exposed(settings: &mut ContainerSettings, now: &Description, image: &ImageDefaults) {
    let of_image = image.settings.get(&Setting::Expose).and_then(SettingValue::texts).unwrap_or_default();
    let Some(SettingValue::Texts(ports)) = settings.get_mut(&Setting::Expose) else { return };
    ports.retain(|port| !of_image.contains(port) && !now.ports.iter().any(|(inside, _)| inside == port));
    if ports.is_empty() {
        settings.remove(&Setting::Expose);
    }
}

fn network(now: &Description, environment: &str) -> Network {
    let mode = match now.network_mode.as_str() {
        "default" | "" => "bridge".to_owned(),
        mode => mode.to_owned(),
    };
    // Networks of a Compose project have names of their own.
    let is_of_project = now.labels.contains_key(LABEL_PROJECT) && now.networks.contains_key(&mode);
    let is_own = mode == network_name(environment) || mode == older_network_name(environment);
    if !(is_own || is_of_project && mode != "bridge") {
        return Network::Mode { mode, links: now.links.iter().cloned().collect() };
    }
    let links = now.networks.get(&mode).map(|endpoint| endpoint.links.iter().cloned().collect());
    Network::Environment { name: mode, links: links.unwrap_or_default() }
}

/// How it is on its networks, beside the names that it has by itself.
fn attachments(spec: &ContainerSpec, now: &Description) -> BTreeMap<String, Attachment> {
    let Network::Environment { name: first, .. } = &spec.network else { return BTreeMap::new() };
    // One that has rejoined its first network keeps its address there, which nobody asked for.
    let is_of_project = now.labels.contains_key(LABEL_PROJECT);
    let attached = now.networks.iter().map(|(network, endpoint)| {
        let asked = |address: &Option<String>| address.clone().filter(|_| is_of_project || network != first);
        let attachment = Attachment {
            aliases: now.asked_for(&endpoint.aliases, &spec.name).into_iter().cloned().collect(),
            ipv4_address: asked(&endpoint.ipv4_address),
            ipv6_address: asked(&endpoint.ipv6_address),
            driver_opts: endpoint.driver_opts.clone(),
            ..Attachment::default()
        };
        (network.clone(), attachment)
    });
    attached
        .filter(|(network, attachment)| network != first || *attachment != Attachment::default())
        .collect()
}

/// `80/tcp` and `0.0.0.0:8080`, or a range on the ship to choose from.
fn port(inside: &str, outside: &str) -> Option<Port> {
    let (container, protocol) = inside.split_once('/')?;
    let (address, on_ship) = outside.rsplit_once(':')?;
    let (first, last) = on_ship.split_once('-').unwrap_or((on_ship, on_ship));
    let (host, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    Some(Port {
        name: inside.to_owned(),
        container: container.parse().ok()?,
        host,
        count: 1,
        choice: last.checked_sub(host)?.checked_add(1)?,
        protocol: match protocol {
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => Protocol::Tcp,
        },
        ipv6: false,
        bind: (address != "0.0.0.0").then(|| address.trim_matches(['[', ']']).parse().ok()).flatten(),
    })
}

fn storage(spec: &mut ContainerSpec, now: &Description, image: &ImageDefaults) {
    let mount = |(target, (source, mode)): (&String, &(String, String))| Mount {
        source: source.clone(),
        target: target.clone(),
        mode: mode.clone(),
    };
    spec.mounts = now.mounts.iter().map(mount).collect();
    spec.files = labelled(&now.labels);
    let of_files = own_volumes(&spec.files);
    let own = now.volumes.difference(&image.volumes);
    spec.volumes = own.filter(|path| !of_files.contains(path.trim_end_matches('/'))).cloned().collect();
    spec.volumes_from.clone_from(&now.volumes_from);
}

fn rights(spec: &mut ContainerSpec, now: &Description) {
    spec.privileged = now.privileged;
    spec.cap_add = now.cap_add.iter().cloned().collect();
    spec.cap_drop = now.cap_drop.iter().cloned().collect();
    spec.dns.clone_from(&now.dns);
    // An engine adds this by itself to containers that are privileged or share a namespace of their ship.
    let is_added = now.privileged || shares_namespace(&now.settings);
    let own = |option: &&String| !(is_added && option.starts_with("label=disable"));
    spec.security_opt = now.security_opt.iter().filter(own).cloned().collect();
}

fn labels(now: &Description, image: &ImageDefaults) -> BTreeMap<String, String> {
    let ours = [
        LABEL_CONFIG,
        LABEL_CONFIG_OWN,
        LABEL_ENDPOINTS,
        LABEL_ENVIRONMENT,
        LABEL_FILES,
        LABEL_IMAGE_ID,
        LABEL_INSTANCE,
        LABEL_SERVICE,
    ];
    let own = now
        .labels
        .iter()
        .filter(|(name, value)| !ours.contains(&name.as_str()) && image.labels.get(*name) != Some(*value));
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn limits(spec: &mut ContainerSpec, now: &Description) {
    let set = |limit: i64| (limit != 0).then_some(limit);
    let limit = |(name, (soft, hard)): (&String, &(i64, i64))| Ulimit {
        name: name.clone(),
        soft: *soft,
        hard: *hard,
    };
    spec.ulimits = now.ulimits.iter().map(limit).collect();
    spec.cpu_shares = set(now.cpu_shares);
    spec.memory = set(now.memory);
    // Twice the memory is what an engine makes of it by itself.
    spec.memory_swap = set(now.memory_swap).filter(|swap| *swap != 2 * now.memory);
    spec.log_driver = (!now.log_driver.is_empty()).then(|| now.log_driver.clone());
    spec.log_opt.clone_from(&now.log_opt);
}
