//! A [`ContainerSpec`] as the body of the request that creates it.

use std::{
    collections::{BTreeMap, HashMap},
    net::Ipv4Addr,
};

use bollard::models::{
    ContainerCreateBody, ContainerCreateResponse, EndpointSettings, HostConfig, HostConfigLogConfig,
    NetworkingConfig, PortBinding, PortMap, ResourcesUlimits, RestartPolicy,
};

use super::{
    Docker,
    answers::Identified,
    endpoint::endpoint_settings,
    error::Asked,
    links::link_words,
    mounts, networks,
    settings::{self, SYSTEM_PATHS},
    wire::segment,
};
use crate::{Containers as _, Created, EngineError};
use maestro_core::{
    fault::EngineFault,
    model::{
        ApiVersion,
        container::{ContainerNames, ContainerSpec, LABEL_IMAGE_ID, Network, Port},
        one_off::LABEL_ONE_OFF,
        shared::SharedSpec,
    },
    value::variables::Variables,
};

/// From this version of the API on, a container is created on all its networks; before, on its first one alone.
const ALL_NETWORKS: ApiVersion = ApiVersion { major: 1, minor: 44 };

/// How often a container is created while its image's name is given to another image each time.
const ATTEMPTS: usize = 3;

/// Creates a container whose label names the image that it runs.
///
/// The engine looks the image's name up when it creates the container, so the name may have been given to another image
/// since it was looked up here. Then the container, which never ran, is removed and created again.
pub(super) async fn create(
    docker: &Docker,
    name: &str,
    spec: &SharedSpec,
    volumes: &BTreeMap<String, String>,
    names: &ContainerNames,
) -> Result<Created, EngineError> {
    let image: Identified = docker.read(&format!("/images/{}/json", segment(&spec.image))).await?;
    let mut image_id = image.id;
    let takes_all = docker.version().await? >= ALL_NETWORKS;
    let path = path(name, spec);
    for _ in 0..ATTEMPTS {
        let mut body = body(spec, volumes, names, &image_id)?;
        let later = if takes_all { Vec::new() } else { further_endpoints(&mut body, spec) };
        let mut body = json(&body)?;
        if let Some(address) = first_address(spec).filter(|_| !takes_all) {
            body["MacAddress"] = address.into();
        }
        let sent = docker.wire.post_for::<ContainerCreateResponse>(&path, &body);
        let created = docker.within(Asked::Changing, docker.timeout, sent).await?;
        if let Err(error) = connect(docker, &created.id, later).await {
            docker.remove(&created.id).await.map_err(unknown)?;
            return Err(error);
        }
        let seen = docker.inspect(&created.id).await.map_err(unknown)?;
        match seen {
            Some(seen) if seen.description.image_id != image_id => image_id = seen.description.image_id,
            Some(_) => return Ok(Created { id: created.id, warnings: created.warnings }),
            None => {
                return Err(EngineError::Refused(EngineFault::RemovedAtOnce(name.to_owned())));
            }
        }
        docker.remove(&created.id).await.map_err(unknown)?;
    }
    let (image, times) = (spec.image.clone(), ATTEMPTS);
    Err(EngineError::Refused(EngineFault::ImageChanged { image, times }))
}

/// An error of a look at a container that exists: its creation is no longer known to be undone.
fn unknown(error: EngineError) -> EngineError {
    match error {
        EngineError::Unreachable(fault) => EngineError::ResponseLost(fault),
        EngineError::ResponseLost(_)
        | EngineError::NotFound(_)
        | EngineError::Conflict(_)
        | EngineError::Refused(_) => error,
    }
}

/// The create request's body.
///
/// # Errors
/// [`EngineError::Refused`] if the specification holds a word that the API has none for.
pub(super) fn body(
    spec: &SharedSpec,
    volumes: &BTreeMap<String, String>,
    names: &ContainerNames,
    image_id: &str,
) -> Result<ContainerCreateBody, EngineError> {
    let mut labels: HashMap<String, String> = spec.all_labels().into_iter().collect();
    labels.insert(LABEL_IMAGE_ID.to_owned(), image_id.to_owned());
    let objects = mounts::objects(spec).chain(mounts::taken_over(volumes));
    let objects = objects.chain(mounts::of_files(spec, volumes)).collect();
    let mut host = HostConfig { mounts: some(objects), ..host_config(spec, names)? };
    let mut body = ContainerCreateBody {
        image: Some(spec.image.clone()),
        cmd: spec.command.clone(),
        env: some(variable_words(&spec.env)),
        hostname: spec.hostname.clone(),
        user: spec.user.clone(),
        working_dir: spec.workdir.clone(),
        labels: Some(labels),
        volumes: some(spec.anonymous_volumes()),
        exposed_ports: some(exposed_ports(&spec.ports)),
        networking_config: networking_config(spec, names),
        stop_timeout: spec.stop_timeout,
        // The end of the user's input is the end of the program's.
        stdin_once: spec.labels.contains_key(LABEL_ONE_OFF).then_some(true),
        ..ContainerCreateBody::default()
    };
    settings::say(&names.settings(&spec.settings), &mut body, &mut host);
    body.host_config = Some(host);
    Ok(body)
}

fn host_config(spec: &ContainerSpec, names: &ContainerNames) -> Result<HostConfig, EngineError> {
    Ok(HostConfig {
        binds: some(mounts::binds(spec).collect()),
        volumes_from: some(spec.volumes_from.iter().map(|from| names.volumes_from(from)).collect()),
        port_bindings: some_map(port_bindings(&spec.ports)),
        extra_hosts: some(spec.extra_hosts.iter().flat_map(lines_of_hosts).collect()),
        restart_policy: restart_policy(spec)?,
        privileged: spec.privileged.then_some(true),
        cap_add: some(spec.cap_add.clone()),
        cap_drop: some(spec.cap_drop.clone()),
        dns: some(spec.dns.clone()),
        security_opt: some(
            spec.security_opt.iter().filter(|option| *option != SYSTEM_PATHS).cloned().collect(),
        ),
        masked_paths: has_system_paths(spec).then(Vec::new),
        readonly_paths: has_system_paths(spec).then(Vec::new),
        ulimits: some(ulimits(spec)),
        cpu_shares: spec.cpu_shares,
        memory: spec.memory,
        memory_swap: spec.memory_swap,
        log_config: log_config(spec),
        network_mode: Some(match &spec.network {
            Network::Environment { name, .. } => name.clone(),
            Network::Mode { mode, .. } => names.mode(mode),
        }),
        // Docker's legacy links; on any other network the engine drops them without a word.
        links: match &spec.network {
            Network::Mode { mode, links } if mode == "bridge" => some(link_words(&names.legacy_links(links))),
            _ => None,
        },
        ..HostConfig::default()
    })
}

/// Whether no path of the kernel is hidden from it or read-only for it.
fn has_system_paths(spec: &ContainerSpec) -> bool {
    spec.security_opt.iter().any(|option| option == SYSTEM_PATHS)
}

/// On the environment's network links are private to the consumer's endpoint, so they are said there. They lead to names
/// of instances, which are aliases of their containers: engines forget for a moment who has a name when they change it,
/// but not who has it as an alias.
fn networking_config(spec: &ContainerSpec, names: &ContainerNames) -> Option<NetworkingConfig> {
    let Network::Environment { name: network, links } = &spec.network else {
        return None;
    };
    let attachment = spec.attachments.get(network).cloned().unwrap_or_default();
    let first = EndpointSettings {
        links: some(link_words(links)),
        aliases: some(names.aliases.clone()),
        ..endpoint_settings(&attachment)
    };
    let further = spec.attachments.iter().filter(|(other, _)| *other != network);
    let further = further.map(|(other, attachment)| {
        let mut settings = endpoint_settings(attachment);
        if names.without_aliases {
            settings.aliases = None;
        }
        (other.clone(), settings)
    });
    Some(NetworkingConfig { endpoints_config: Some(further.chain([(network.clone(), first)]).collect()) })
}

/// Takes out of the request how the container is on networks beside its first one.
fn further_endpoints(
    body: &mut ContainerCreateBody,
    spec: &ContainerSpec,
) -> Vec<(String, EndpointSettings)> {
    let networking = body.networking_config.as_mut().and_then(|config| config.endpoints_config.as_mut());
    let Some(endpoints) = networking else { return Vec::new() };
    spec.networks().skip(1).filter_map(|network| endpoints.remove_entry(network)).collect()
}

/// The hardware address on the first network, which engines before [`ALL_NETWORKS`] take for the whole container alone.
fn first_address(spec: &ContainerSpec) -> Option<&str> {
    let first = spec.networks().next().and_then(|network| spec.attachments.get(network));
    first?.mac_address.as_deref()
}

/// `NAME=value` for each variable; one without a value is its bare name.
pub(super) fn variable_words(variables: &Variables) -> Vec<String> {
    let word = |(name, value): (&String, &Option<String>)| match value {
        Some(value) => format!("{name}={value}"),
        None => name.clone(),
    };
    variables.iter().map(word).collect()
}

/// The parameter of a request that is about a platform; nothing for the engine's own.
pub(super) fn for_platform(platform: Option<&str>) -> String {
    platform.map(|platform| format!("&platform={}", segment(platform))).unwrap_or_default()
}

/// The path of a request that creates a container of that name.
fn path(name: &str, spec: &ContainerSpec) -> String {
    format!("/containers/create?name={}{}", segment(name), for_platform(spec.platform()))
}

fn json(body: &ContainerCreateBody) -> Result<serde_json::Value, EngineError> {
    let json = serde_json::to_value(body);
    json.map_err(|error| EngineError::Refused(EngineFault::Words(error.to_string())))
}

/// Connects a container that was created to further networks, in their order.
async fn connect(
    docker: &Docker,
    container: &str,
    endpoints: Vec<(String, EndpointSettings)>,
) -> Result<(), EngineError> {
    for (network, settings) in endpoints {
        networks::join(docker, container, &network, settings).await?;
    }
    Ok(())
}

/// A line for each address of a host.
fn lines_of_hosts((name, addresses): (&String, &String)) -> impl Iterator<Item = String> {
    addresses.split(',').map(move |address| format!("{name}:{address}"))
}

/// Each port of a range, as `(port/protocol inside, port on the ship)`. Both count in 32 bits, so that a range that
/// runs over the last port is refused by the engine rather than wrapped around here.
fn each_port(port: &Port) -> impl Iterator<Item = (String, String)> {
    (0..u32::from(port.count)).map(|offset| {
        let inside = u32::from(port.container) + offset;
        let outside =
            if port.choice > 1 { port.on_ship() } else { (u32::from(port.host) + offset).to_string() };
        (format!("{inside}/{}", port.protocol), outside)
    })
}

fn exposed_ports(ports: &[Port]) -> Vec<String> {
    ports.iter().flat_map(each_port).map(|(inside, _)| inside).collect()
}

fn port_bindings(ports: &[Port]) -> PortMap {
    let mut bindings = PortMap::new();
    for port in ports {
        for (inside, outside) in each_port(port) {
            // One port inside may be published on several.
            let published = bindings.entry(inside).or_default().get_or_insert_default();
            published.push(PortBinding {
                // Left to itself an engine publishes on all IPv6 addresses too, which a file that says nothing of them
                // does not ask for, and `MaestroNG` did not.
                host_ip: Some(match port.bind {
                    Some(address) => address.to_string(),
                    None if port.ipv6 => String::new(),
                    None => Ipv4Addr::UNSPECIFIED.to_string(),
                }),
                host_port: Some(outside),
            });
        }
    }
    bindings
}

fn restart_policy(spec: &ContainerSpec) -> Result<Option<RestartPolicy>, EngineError> {
    let Some(policy) = &spec.restart else {
        return Ok(None);
    };
    let unknown = |_| EngineError::Refused(EngineFault::RestartPolicy(policy.name.clone()));
    let name = policy.name.parse().map_err(unknown)?;
    Ok(Some(RestartPolicy {
        name: Some(name),
        // Only `on-failure` counts; for it, 0 means without end, as does saying nothing.
        maximum_retry_count: (policy.retries > 0).then_some(policy.retries.into()),
    }))
}

fn ulimits(spec: &ContainerSpec) -> Vec<ResourcesUlimits> {
    spec.ulimits
        .iter()
        .map(|limit| ResourcesUlimits {
            name: Some(limit.name.clone()),
            soft: Some(limit.soft),
            hard: Some(limit.hard),
        })
        .collect()
}

/// Options without a driver go to the engine's default driver.
fn log_config(spec: &ContainerSpec) -> Option<HostConfigLogConfig> {
    let asked_for = spec.log_driver.is_some() || !spec.log_opt.is_empty();
    asked_for.then(|| HostConfigLogConfig {
        typ: spec.log_driver.clone(),
        config: some_map(spec.log_opt.clone().into_iter().collect()),
    })
}

/// What is empty is left out of the request.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn some_map<K, V>(map: HashMap<K, V>) -> Option<HashMap<K, V>> {
    (!map.is_empty()).then_some(map)
}

#[cfg(test)]
#[path = "create_tests.rs"]
mod tests;
