//! Writes an environment as a Compose file: a service for each instance. What Compose has no words for becomes a comment.

use std::collections::{BTreeMap, BTreeSet};

use maestro_core::model::{
    Check, Environment, Instance, Required, RequiredState, Requirement,
    container::{MountKind, Network, OF_CONTAINER, Port, Setting},
    network::{EnvironmentNetwork, Ipam},
    update::Update,
};

use super::{
    Exported,
    container::{add_list, bytes, extra_hosts, hooked, left_out, pull_policy, rights, settings, ulimits},
    secret,
    yaml::{Block, Value},
};

/// Writes an environment as a Compose file.
#[must_use]
pub fn compose_file(environment: &Environment) -> Exported {
    let mut writer = ComposeWriter { environment, left_out: Vec::new() };
    let mut file = Block::default();
    file.add("name", Value::text(&project_name(&environment.name)));
    writer.whole(&mut file);
    let mut services = Block::default();
    for instance in &environment.instances {
        services.add_block(&instance.name, writer.service(instance));
    }
    file.add_block("services", services);
    for (key, block) in [("networks", writer.networks()), ("volumes", writer.volumes())] {
        if !block.is_empty() {
            file.add_block(key, block);
        }
    }
    // Compose fills in variables, and has no templates.
    let text = file.text().replace("{% raw %}", "").replace("{% endraw %}", "");
    let (text, variables) = secret::with_variables(&text.replace('$', "$$"), |name| format!("${{{name}}}"));
    Exported { text, left_out: writer.left_out, variables }
}

/// The work of [`compose_file`].
struct ComposeWriter<'e> {
    environment: &'e Environment,
    left_out: Vec<String>,
}

impl ComposeWriter<'_> {
    fn leave_out(&mut self, instance: Option<&Instance>, what: &str, block: &mut Block) {
        block.comment(format!("left out: {what}"));
        self.left_out.push(match instance {
            Some(instance) => format!("left out of {}: {what}", instance.name),
            None => format!("left out: {what}"),
        });
    }

    /// What is said of the environment as a whole.
    fn whole(&mut self, file: &mut Block) {
        let environment = self.environment;
        if environment.ships.len() > 1 {
            let names: Vec<&str> = environment.ships.iter().map(|ship| ship.name.as_str()).collect();
            let what = format!("the ships {}: a site file says where services run", names.join(", "));
            self.leave_out(None, &what, file);
        }
        if !environment.registries.is_empty() {
            self.leave_out(None, "`registries`: log in with `docker login`", file);
        }
        if !environment.audit.is_empty() {
            self.leave_out(None, "`audit`", file);
        }
        for service in environment.services.iter().filter(|service| service.update != Update::default()) {
            self.leave_out(None, &format!("`update` of service {}", service.name), file);
        }
    }

    fn service(&mut self, instance: &Instance) -> Block {
        let spec = &*instance.container;
        let mut block = Block::default();
        block.add("image", Value::text(&spec.image));
        block.add("container_name", Value::text(instance.container_name()));
        pull_policy(instance, &mut block);
        if let Some(command) = &spec.command {
            block.add("command", secret::words(&instance.name, "command", command.iter()));
        }
        let env = spec.env.iter().map(|(name, value)| (name.as_str(), value.as_deref()));
        let env: Vec<_> = env
            .map(|(name, text)| (name, text.map_or(Value::plain("null"), |text| value("", name, text))))
            .collect();
        block.add("environment", Value::flow(env));
        if !spec.ports.is_empty() {
            block.add(
                "ports",
                Value::List(spec.ports.iter().flat_map(port).map(|port| Value::quoted(&port)).collect()),
            );
        }
        let mounts = spec.mounts.iter().filter(|mount| !mount.is_object());
        let mounts = mounts.map(|mount| format!("{}:{}:{}", mount.source, mount.target, mount.mode));
        add_list(&mut block, "volumes", &mounts.chain(spec.volumes.iter().cloned()).collect::<Vec<_>>());
        add_list(&mut block, "volumes_from", &spec.volumes_from);
        let is_known = |name: &str| self.environment.instance_named(name).is_some();
        connection(instance, is_known, &mut block);
        extra_hosts(spec, &mut block);
        if let Some((key, labels)) = pairs("labels", &instance.name, &spec.labels) {
            block.add(key, labels);
        }
        limits(instance, &mut block);
        settings(&instance.name, spec, &mut block);
        self.order(instance, &mut block);
        for mount in spec.mounts.iter().filter(|mount| mount.is_object()) {
            self.leave_out(Some(instance), &left_out(mount), &mut block);
        }
        for target in spec.files.keys() {
            self.leave_out(Some(instance), &format!("the config or secret at `{target}`"), &mut block);
        }
        for key in hooked(instance) {
            self.leave_out(Some(instance), &format!("the commands of `{key}`"), &mut block);
        }
        for check in instance.lifecycle.states().iter().flat_map(|(_, checks)| checks.iter()) {
            if !matches!(check, Check::Completion | Check::Docker { .. }) {
                self.leave_out(Some(instance), &format!("the check `{}`", check.what()), &mut block);
            }
        }
        block
    }

    /// What it waits for, each instance by itself.
    fn order(&self, instance: &Instance, block: &mut Block) {
        let mut conditions: BTreeMap<&str, &str> = BTreeMap::new();
        let service = self.environment.service(instance.service);
        for Requirement { on, state, .. } in service.requires.iter().chain(&instance.requires) {
            let targets = match on {
                Required::Service(id) => self.environment.service(*id).instances.clone(),
                Required::Instance(id) => vec![*id],
            };
            for target in targets.into_iter().map(|id| self.environment.instance(id)) {
                let test = target.container.settings.get(&Setting::HealthTest).and_then(|test| test.texts());
                let has_test = test.is_some_and(|words| words.first().is_some_and(|word| word != "NONE"));
                let condition = match state {
                    RequiredState::Ready if target.is_job() => "service_completed_successfully",
                    RequiredState::Ready if has_test => "service_healthy",
                    RequiredState::Ready | RequiredState::Started => "service_started",
                };
                if target.name != instance.name {
                    conditions.insert(&target.name, condition);
                }
            }
        }
        if !conditions.is_empty() {
            let conditions = conditions.into_iter();
            block.add(
                "depends_on",
                Value::flow(
                    conditions.map(|(name, word)| (name, Value::flow([("condition", Value::text(word))]))),
                ),
            );
        }
    }

    /// All networks that containers are on.
    fn networks(&self) -> Block {
        let used = self.environment.instances.iter().flat_map(|instance| instance.container.networks());
        let used: BTreeSet<&str> = used.collect();
        let mut block = Block::default();
        for name in used {
            block.add(name, network(name, self.environment.network_named(name)));
        }
        block
    }

    /// All named volumes that containers mount.
    fn volumes(&self) -> Block {
        let mounts = self.environment.instances.iter().flat_map(|instance| instance.container.mounts.iter());
        let volumes = mounts.filter(|mount| mount.kind() == MountKind::Volume && !mount.is_object());
        let names: BTreeSet<&str> = volumes.map(|mount| mount.source.as_str()).collect();
        let mut block = Block::default();
        for name in names {
            let mut entries = vec![("name", Value::text(name))];
            if let Some(volume) = self.environment.volume_named(name) {
                if volume.external {
                    entries.push(("external", Value::plain("true")));
                }
                entries.extend(volume.options.driver.as_ref().map(|driver| ("driver", Value::text(driver))));
                entries.extend(pairs("driver_opts", name, &volume.options.driver_opts));
                entries.extend(pairs("labels", name, &volume.options.labels));
            }
            block.add(name, Value::flow(entries));
        }
        block
    }
}

/// A value in quotes, or the variable in its place.
fn value(owner: &str, name: &str, value: &str) -> Value {
    secret::variable(owner, name, value).unwrap_or_else(|| Value::quoted(value))
}

/// The name as Compose allows it: small letters, digits, `-` and `_`.
fn project_name(environment: &str) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let name: String = environment.to_lowercase().chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let name = name.trim_start_matches(['-', '_']);
    if name.is_empty() { "project".to_owned() } else { name.to_owned() }
}

/// Names and values of what is called `owner`; none if there are none.
fn pairs<'k>(key: &'k str, owner: &str, pairs: &BTreeMap<String, String>) -> Option<(&'k str, Value)> {
    let entries = pairs.iter().map(|(name, text)| (name.as_str(), value(owner, name, text)));
    (!pairs.is_empty()).then(|| (key, Value::flow(entries)))
}

/// `127.0.0.1:8080:80/udp`, for each port of a range.
fn port(port: &Port) -> Vec<String> {
    let address = match port.bind {
        Some(address) if address.is_ipv6() => format!("[{address}]:"),
        Some(address) => format!("{address}:"),
        None if port.ipv6 => String::new(),
        None => "0.0.0.0:".to_owned(),
    };
    let protocol = port.protocol.suffix();
    let one = |offset: u16| {
        let inside = port.container.saturating_add(offset);
        let outside = match (port.host, port.choice) {
            (0, _) => String::new(),
            (host, 1) => host.saturating_add(offset).to_string(),
            (_, _) => port.on_ship(),
        };
        let outside = if outside.is_empty() && address.is_empty() { outside } else { format!("{outside}:") };
        format!("{address}{outside}{inside}{protocol}")
    };
    (0..port.count).map(one).collect()
}

/// How it is connected; `is_known` tells whether an instance has that name.
fn connection(instance: &Instance, is_known: impl Fn(&str) -> bool, block: &mut Block) {
    let spec = &*instance.container;
    if let Some(hostname) = &spec.hostname {
        block.add("hostname", Value::text(hostname));
    }
    let (first, links) = match &spec.network {
        Network::Mode { mode, links } => {
            let shared = mode.strip_prefix(OF_CONTAINER).filter(|name| is_known(name));
            let shared = shared.map(|name| format!("service:{name}"));
            block.add("network_mode", Value::text(&shared.unwrap_or_else(|| mode.clone())));
            (None, links)
        }
        Network::Environment { name, links } => (Some(name), links),
    };
    if let Some(first) = first {
        let networks = spec.networks().map(|name| {
            let attachment = spec.attachments.get(name).cloned().unwrap_or_default();
            let text = |key, value: Option<String>| value.map(|value| (key, Value::quoted(&value)));
            let aliases =
                (!attachment.aliases.is_empty()).then(|| ("aliases", Value::texts(&attachment.aliases)));
            let priority = (name == first).then(|| ("priority", Value::plain("1000")));
            let gateway =
                attachment.gw_priority.map(|number| ("gw_priority", Value::plain(&number.to_string())));
            let entries = [
                aliases,
                text("ipv4_address", attachment.ipv4_address),
                text("ipv6_address", attachment.ipv6_address),
                text("mac_address", attachment.mac_address),
                pairs("driver_opts", name, &attachment.driver_opts),
                priority,
                gateway,
            ];
            (name, Value::flow(entries.into_iter().flatten()))
        });
        block.add("networks", Value::flow(networks.collect::<Vec<_>>()));
    }
    let links: Vec<String> = links.iter().map(|(target, alias)| format!("{target}:{alias}")).collect();
    add_list(block, "links", &links);
}

fn limits(instance: &Instance, block: &mut Block) {
    let spec = &*instance.container;
    rights(spec, block);
    for (key, text) in [("user", &spec.user), ("working_dir", &spec.workdir)] {
        if let Some(text) = text {
            block.add(key, Value::quoted(text));
        }
    }
    for (key, number) in [("mem_limit", spec.memory), ("memswap_limit", spec.memory_swap)] {
        if let Some(number) = number {
            block.add(key, Value::plain(&bytes(number)));
        }
    }
    if let Some(shares) = spec.cpu_shares {
        block.add("cpu_shares", Value::plain(&shares.to_string()));
    }
    ulimits(spec, block);
    let driver = spec.log_driver.as_ref().map(|driver| ("driver", Value::text(driver)));
    let logging: Vec<_> = driver.into_iter().chain(pairs("options", &instance.name, &spec.log_opt)).collect();
    if !logging.is_empty() {
        block.add("logging", Value::flow(logging));
    }
    if instance.stop_timeout.as_secs() != 10 {
        block.add("stop_grace_period", Value::text(&format!("{}ms", instance.stop_timeout.as_millis())));
    }
}

fn network(name: &str, network: Option<&EnvironmentNetwork>) -> Value {
    let mut entries = vec![("name", Value::text(name))];
    let Some(network) = network else { return Value::flow(entries) };
    let options = &network.options;
    let flag = |key, flag: Option<bool>| flag.map(|flag| (key, Value::plain(&flag.to_string())));
    let all = [
        flag("external", network.external.then_some(true)),
        options.driver.as_ref().map(|driver| ("driver", Value::text(driver))),
        pairs("driver_opts", name, &options.driver_opts),
        flag("internal", options.internal.then_some(true)),
        flag("attachable", options.attachable.then_some(true)),
        flag("enable_ipv4", options.enable_ipv4),
        flag("enable_ipv6", options.enable_ipv6),
        options.ipam.as_ref().map(|ipam| ("ipam", addresses(ipam))),
        pairs("labels", name, &options.labels),
    ];
    entries.extend(all.into_iter().flatten());
    Value::flow(entries)
}

fn addresses(ipam: &Ipam) -> Value {
    let text = |key, value: &Option<String>| value.as_ref().map(|value| (key, Value::quoted(value)));
    let pools = ipam.pools.iter().map(|pool| {
        let entries = [
            text("subnet", &pool.subnet),
            text("ip_range", &pool.ip_range),
            text("gateway", &pool.gateway),
            pairs("aux_addresses", "pool", &pool.aux_addresses),
        ];
        Value::flow(entries.into_iter().flatten())
    });
    let config = (!ipam.pools.is_empty()).then(|| ("config", Value::List(pools.collect())));
    let entries = [text("driver", &ipam.driver), pairs("options", "ipam", &ipam.options), config];
    Value::flow(entries.into_iter().flatten())
}
