//! What a container is made from, in the keys of a service.

use std::collections::BTreeMap;

use super::{
    Writer,
    files::{Format, left_out},
    hooks, mounts, resources, secret,
    yaml::{Block, Value, add_list},
};
use maestro_core::{
    model::{
        Instance, Service,
        container::{ContainerSpec, Network, Setting, SettingValue},
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
        for (key, values) in
            [("ports", mounts::ports(&spec.ports)), ("volumes", mounts::volumes(spec, &self.volumes))]
        {
            if !values.is_empty() {
                block.add(key, Value::List(values));
            }
        }
        add_list(block, "volumes_from", &spec.volumes_from);
        let variable = |value: &Option<String>, name| {
            value.as_ref().map_or(Value::plain("null"), |value| secret::value("", name, value))
        };
        let env: Vec<(&str, Value)> =
            spec.env.iter().map(|(name, value)| (name.as_str(), variable(value, name))).collect();
        if !env.is_empty() {
            block.add("env", Value::flow(env));
        }
        self.network(service, spec, block);
        extra_hosts(spec, block);
        let own = spec.labels.iter().filter(|(name, _)| !name.starts_with(COMPOSE_LABELS));
        add_entries(block, "labels", &service.name, own);
        self.files.add_uses(first, Format::Maestro, block);
        for target in left_out(first) {
            self.leave_out(Some(service), &format!("the file `{target}`"), block);
        }
        pull_policy(first, block);
        if !first.image_source.is_usual() && self.image_source(service).is_some() {
            block.add("image_source", Value::plain(first.image_source.word()));
        }
        if !first.on_unhealthy.is_usual() && self.is_healed_alike(service) {
            block.add("on_unhealthy", Value::plain(first.on_unhealthy.word()));
        }
        hooks::add(&service.name, first, block);
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

    fn network(&self, service: &Service, spec: &ContainerSpec, block: &mut Block) {
        if let Network::Mode { mode, .. } = &spec.network {
            block.add("net", Value::text(mode));
            return;
        }
        if let Some(hostname) = &spec.hostname {
            block.add("hostname", Value::text(hostname));
        }
        let mut networks: Vec<(&str, Vec<(&str, Value)>)> = spec
            .networks()
            .filter_map(|name| Some((name, spec.attachments.get(name)?)))
            .map(|(name, attachment)| {
                let aliases = attachment.aliases.iter().filter(|alias| **alias != service.name);
                let aliases: Vec<String> = aliases.cloned().collect();
                (self.networks.key(name), resources::attachment(name, attachment, &aliases))
            })
            .collect();
        // Without a priority the first one is that of the first name.
        if networks.iter().skip(1).any(|(name, _)| *name < networks[0].0) {
            networks[0].1.push(("priority", Value::plain("1")));
        }
        if networks.iter().all(|(_, entries)| entries.is_empty()) {
            let names: Vec<String> = networks.into_iter().map(|(name, _)| name.to_owned()).collect();
            add_list(block, "networks", &names);
            return;
        }
        let networks = networks.into_iter().map(|(name, entries)| (name, Value::flow(entries)));
        block.add("networks", Value::flow(networks));
    }
}

pub(super) fn pull_policy(instance: &Instance, block: &mut Block) {
    if !instance.pull_policy.is_usual() {
        block.add("pull_policy", Value::plain(&instance.pull_policy.to_string()));
    }
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
