//! What a container is made from, in the keys of a service.

use std::{collections::BTreeMap, net::IpAddr};

use super::{
    Writer, secret,
    yaml::{Block, Value},
};
use crate::document::port_name;
use maestro_core::{
    model::{
        Instance, Service,
        container::{ContainerSpec, Mount, Network, Port, Setting, SettingValue},
        network::COMPOSE_LABELS,
    },
    value::setting::{DeviceRequest, SettingForm},
};

impl Writer<'_> {
    pub(super) fn container(&mut self, service: &Service, first: &Instance, block: &mut Block) {
        let spec = &*first.container;
        block.add("image", Value::text(&spec.image));
        if let Some(command) = &spec.command {
            block.add("command", secret::words(&service.name, "command", command.iter()));
        }
        self.ports(service, &spec.ports, block);
        self.mounts(service, spec, block);
        add_list(block, "container_volumes", &spec.volumes);
        add_list(block, "volumes_from", &spec.volumes_from);
        let env: Vec<(&str, Value)> = spec
            .env
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), secret::value("", name, value.as_deref()?))))
            .collect();
        if !env.is_empty() {
            block.add("env", Value::flow(env));
        }
        for (name, value) in &spec.env {
            if value.is_none() {
                self.leave_out(Some(service), &format!("the variable `{name}` without a value"), block);
            }
        }
        self.network(service, spec, block);
        extra_hosts(spec, block);
        let own = spec.labels.iter().filter(|(name, _)| !name.starts_with(COMPOSE_LABELS));
        add_entries(block, "labels", &service.name, own);
        for target in spec.files.keys() {
            self.leave_out(Some(service), &format!("the config or secret at `{target}`"), block);
        }
        pull_policy(first, block);
        for key in hooked(first) {
            self.leave_out(Some(service), &format!("the commands of `{key}`"), block);
        }
        rights(spec, block);
        if let Some(user) = &spec.user {
            block.add("username", Value::quoted(user));
        }
        if let Some(workdir) = &spec.workdir {
            block.add("workdir", Value::text(workdir));
        }
        limits(&service.name, spec, block);
        settings(&service.name, spec, block);
    }

    fn ports(&mut self, service: &Service, ports: &[Port], block: &mut Block) {
        let mut written: Vec<(String, Value)> = Vec::new();
        for port in ports {
            if port.host == 0 {
                let what = format!("port {} with a port of the ship that the engine chooses", port.container);
                self.leave_out(Some(service), &what, block);
                continue;
            }
            let usual = port_name(&port.container.to_string());
            let is_taken = |name: &String| written.iter().any(|(known, _)| known == name);
            let mut names =
                std::iter::once(usual.clone()).chain((2..).map(|number| format!("{usual}-{number}")));
            let name = names.find(|name| !is_taken(name)).unwrap_or(usual);
            written.push((name, port_value(port)));
        }
        if !written.is_empty() {
            block.add("ports", Value::Flow(written));
        }
    }

    /// Schema 2 reads `ship: container`, so a source stands in it once.
    fn mounts(&mut self, service: &Service, spec: &ContainerSpec, block: &mut Block) {
        let mut written: BTreeMap<&str, Value> = BTreeMap::new();
        for mount in &spec.mounts {
            if mount.is_object() {
                self.leave_out(Some(service), &left_out(mount), block);
                continue;
            }
            if written.contains_key(mount.source.as_str()) {
                let what = format!("the second mount of `{}`, at `{}`", mount.source, mount.target);
                self.leave_out(Some(service), &what, block);
                continue;
            }
            let value = if mount.mode == "rw" {
                Value::text(&mount.target)
            } else {
                Value::flow([("target", Value::text(&mount.target)), ("mode", Value::text(&mount.mode))])
            };
            written.insert(&mount.source, value);
        }
        if !written.is_empty() {
            block.add("volumes", Value::flow(written));
        }
    }

    fn network(&mut self, service: &Service, spec: &ContainerSpec, block: &mut Block) {
        match &spec.network {
            Network::Mode { mode, .. } => block.add("net", Value::text(mode)),
            Network::Environment { name, .. } => {
                if let Some(hostname) = &spec.hostname {
                    block.add("hostname", Value::text(hostname));
                }
                for (network, attachment) in &spec.attachments {
                    let aliases = attachment.aliases.iter().filter(|alias| **alias != service.name);
                    for alias in aliases {
                        let what = format!("the alias `{alias}` on the network `{network}`");
                        self.leave_out(Some(service), &what, block);
                    }
                    let addresses =
                        [&attachment.ipv4_address, &attachment.ipv6_address, &attachment.mac_address];
                    for address in addresses.into_iter().flatten() {
                        self.leave_out(
                            Some(service),
                            &format!("the address `{address}` on `{network}`"),
                            block,
                        );
                    }
                    if network != name {
                        self.leave_out(Some(service), &format!("the further network `{network}`"), block);
                    }
                }
            }
        }
    }
}

/// A mount that has no text.
pub(super) fn left_out(mount: &Mount) -> String {
    format!("the mount at `{}` (`{}`)", mount.target, mount.mode)
}

pub(super) fn pull_policy(instance: &Instance, block: &mut Block) {
    if !instance.pull_policy.is_usual() {
        block.add("pull_policy", Value::plain(instance.pull_policy.word()));
    }
}

/// The keys under which an instance has commands that run in its container.
pub(super) fn hooked(instance: &Instance) -> impl Iterator<Item = &'static str> {
    let hooks = [("post_start", &instance.hooks.post_start), ("pre_stop", &instance.hooks.pre_stop)];
    hooks.into_iter().filter(|(_, hooks)| !hooks.is_empty()).map(|(key, _)| key)
}

pub(super) fn extra_hosts(spec: &ContainerSpec, block: &mut Block) {
    if !spec.extra_hosts.is_empty() {
        let hosts = spec.extra_hosts.iter().map(|(name, addresses)| (name.as_str(), host(addresses)));
        block.add("extra_hosts", Value::flow(hosts));
    }
}

/// The addresses of a host.
fn host(addresses: &str) -> Value {
    let all: Vec<&str> = addresses.split(',').collect();
    match all[..] {
        [only] => Value::text(only),
        _ => Value::texts(&all.iter().map(|address| (*address).to_owned()).collect::<Vec<_>>()),
    }
}

/// `"80:8080"`: the port inside first.
fn port_value(port: &Port) -> Value {
    let protocol = port.protocol.suffix();
    let (inside, on_ship) = (port.inside(), port.on_ship());
    match port.bind {
        None => Value::quoted(&format!("{inside}{protocol}:{on_ship}{protocol}")),
        Some(address) => {
            let address: IpAddr = address;
            let external = Value::List(vec![
                Value::text(&address.to_string()),
                Value::quoted(&format!("{on_ship}{protocol}")),
            ]);
            Value::flow([("exposed", Value::quoted(&format!("{inside}{protocol}"))), ("external", external)])
        }
    }
}

/// What both formats say alike: restarts, rights and name servers.
pub(super) fn rights(spec: &ContainerSpec, block: &mut Block) {
    if let Some(restart) = &spec.restart {
        let retries = if restart.retries > 0 { format!(":{}", restart.retries) } else { String::new() };
        block.add("restart", Value::quoted(&format!("{}{retries}", restart.name)));
    }
    if spec.privileged {
        block.add("privileged", Value::plain("true"));
    }
    add_list(block, "cap_add", &spec.cap_add);
    add_list(block, "cap_drop", &spec.cap_drop);
    add_list(block, "dns", &spec.dns);
    add_list(block, "security_opt", &spec.security_opt);
}

fn limits(owner: &str, spec: &ContainerSpec, block: &mut Block) {
    let cpu = spec.cpu_shares.map(|shares| ("cpu", Value::plain(&shares.to_string())));
    let size = |key, number: Option<i64>| number.map(|number| (key, Value::plain(&bytes(number))));
    let limits = [cpu, size("memory", spec.memory), size("swap", spec.memory_swap)];
    let limits: Vec<_> = limits.into_iter().flatten().collect();
    if !limits.is_empty() {
        block.add("limits", Value::flow(limits));
    }
    ulimits(spec, block);
    if let Some(driver) = &spec.log_driver {
        block.add("log_driver", Value::text(driver));
    }
    add_entries(block, "log_opt", owner, spec.log_opt.iter());
}

pub(super) fn ulimits(spec: &ContainerSpec, block: &mut Block) {
    if !spec.ulimits.is_empty() {
        let limit = |number: i64| Value::plain(&number.to_string());
        let ulimits = spec.ulimits.iter().map(|ulimit| {
            let value = Value::flow([("soft", limit(ulimit.soft)), ("hard", limit(ulimit.hard))]);
            (ulimit.name.as_str(), value)
        });
        block.add("ulimits", Value::flow(ulimits));
    }
}

pub(super) fn settings(owner: &str, spec: &ContainerSpec, block: &mut Block) {
    let mut inner: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for (setting, value) in &spec.settings {
        let value = setting_value(owner, *setting, value);
        match setting.key().split_once('.') {
            Some((outer, key)) => inner.entry(outer).or_default().push((key, value)),
            None => block.add(setting.key(), value),
        }
    }
    for (key, settings) in inner {
        block.add(key, Value::flow(settings));
    }
}

fn setting_value(owner: &str, setting: Setting, value: &SettingValue) -> Value {
    match value {
        SettingValue::Flag(flag) => Value::plain(&flag.to_string()),
        SettingValue::Number(number) => Value::plain(&match setting.form() {
            SettingForm::Nanoseconds => duration(*number),
            SettingForm::Processors => processors(*number),
            SettingForm::Bytes => bytes(*number),
            SettingForm::Flag
            | SettingForm::Number
            | SettingForm::Microseconds
            | SettingForm::Text
            | SettingForm::Words
            | SettingForm::Texts
            | SettingForm::Entries
            | SettingForm::DeviceNumbers
            | SettingForm::DeviceRequests => number.to_string(),
        }),
        SettingValue::Text(text) => Value::text(text),
        SettingValue::Texts(texts) => secret::words(owner, setting.key(), texts.iter()),
        SettingValue::Entries(entries) if setting == Setting::Tmpfs => {
            let path = |(path, options): (&String, &String)| {
                if options.is_empty() { Value::text(path) } else { Value::text(&format!("{path}:{options}")) }
            };
            Value::List(entries.iter().map(path).collect())
        }
        SettingValue::Entries(entries) => {
            Value::flow(entries.iter().map(|(name, value)| (name.as_str(), Value::text(value))))
        }
        SettingValue::Numbers(numbers) => {
            let key = if setting == Setting::BlkioWeightDevice { "weight" } else { "rate" };
            let device = |(path, number): (&String, &i64)| {
                Value::flow([("path", Value::text(path)), (key, Value::plain(&number.to_string()))])
            };
            Value::List(numbers.iter().map(device).collect())
        }
        SettingValue::Requests(requests) => Value::List(requests.iter().map(request).collect()),
    }
}

/// A request for devices.
fn request(request: &DeviceRequest) -> Value {
    let DeviceRequest { driver, count, device_ids, capabilities, options } = request;
    let mut entries = Vec::new();
    if !driver.is_empty() {
        entries.push(("driver", Value::text(driver)));
    }
    match count {
        0 => {}
        -1 => entries.push(("count", Value::text("all"))),
        count => entries.push(("count", Value::plain(&count.to_string()))),
    }
    if !device_ids.is_empty() {
        entries.push(("device_ids", Value::texts(device_ids)));
    }
    if !capabilities.is_empty() {
        entries.push(("capabilities", Value::texts(capabilities)));
    }
    if !options.is_empty() {
        let options = options.iter().map(|(name, value)| (name.as_str(), Value::text(value)));
        entries.push(("options", Value::flow(options)));
    }
    Value::flow(entries)
}

/// A time in its largest unit that leaves no rest.
fn duration(nanoseconds: i64) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let unit = units.into_iter().find(|(length, _)| nanoseconds % length == 0);
    unit.map_or_else(
        || format!("{nanoseconds}ns"),
        |(length, name)| format!("{}{name}", nanoseconds / length),
    )
}

/// Bytes in the largest unit that leaves no rest.
pub(super) fn bytes(number: i64) -> String {
    let units = [(1_i64 << 30, "g"), (1 << 20, "m"), (1 << 10, "k")];
    let unit = units.into_iter().find(|(size, _)| number > 0 && number % size == 0);
    unit.map_or_else(|| number.to_string(), |(size, name)| format!("{}{name}", number / size))
}

/// Billionths of a processor as processors.
fn processors(billionths: i64) -> String {
    let (whole, rest) = (billionths / 1_000_000_000, billionths % 1_000_000_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:09}").trim_end_matches('0').to_owned() }
}

pub(super) fn add_list(block: &mut Block, key: &str, texts: &[String]) {
    if !texts.is_empty() {
        block.add(key, Value::texts(texts));
    }
}

fn add_entries<'t>(
    block: &mut Block,
    key: &str,
    owner: &str,
    entries: impl Iterator<Item = (&'t String, &'t String)>,
) {
    let entries = entries.map(|(name, value)| (name.as_str(), secret::value(owner, name, value)));
    let entries: Vec<(&str, Value)> = entries.collect();
    if !entries.is_empty() {
        block.add(key, Value::flow(entries));
    }
}
