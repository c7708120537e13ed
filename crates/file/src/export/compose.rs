//! Writes an environment as a Compose file: a service for each instance. What Compose has no words for becomes a comment.

use std::collections::{BTreeMap, BTreeSet};

use maestro_core::{
    model::{
        Check, Environment, Instance, Required, RequiredState, Requirement,
        check::{HttpCheck, LifecycleState},
        container::{MountKind, Network, OF_CONTAINER, Setting},
        network::{COMPOSE_LABELS, EnvironmentNetwork},
        update::{OnPeerChange, Update},
    },
    value::{
        check::{HttpOptions, Tries},
        secret::without_secrets,
    },
};

use super::{
    Exported,
    container::{bytes, extra_hosts, pull_policy, rights, settings, ulimits},
    files::{FileNames, Format, left_out},
    hooks, mounts,
    resources::{self, ResourceKeys, network_options, pairs, value, volume_options},
    secret,
    yaml::{Block, Value, add_list},
};

/// Writes an environment as a Compose file.
#[must_use]
pub fn compose_file(environment: &Environment) -> Exported {
    let mut writer = ComposeWriter { environment, files: FileNames::of(environment), left_out: Vec::new() };
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
    let contents = writer.files.add(&mut file);
    // Compose fills in variables, and has no templates.
    let text = file.text().replace("{% raw %}", "").replace("{% endraw %}", "");
    let (text, mut variables) =
        secret::with_variables(&text.replace('$', "$$"), |name| format!("${{{name}}}"));
    variables.extend(contents);
    Exported { text, left_out: writer.left_out, variables }
}

/// The work of [`compose_file`].
struct ComposeWriter<'e> {
    environment: &'e Environment,
    files: FileNames<'e>,
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
        for service in &environment.services {
            let Update { max_failures, max_per_ship, canary, on_peer_change, .. } = service.update;
            let parts = [
                ("max_failures", max_failures > 0),
                ("max_per_ship", max_per_ship.is_some()),
                ("canary", canary.is_some()),
                ("on_peer_change", on_peer_change != OnPeerChange::Keep),
            ];
            let healed = service.instances.iter().map(|id| environment.instance(*id).on_unhealthy);
            if healed.into_iter().any(|healed| !healed.is_usual()) {
                let what = format!("`on_unhealthy` of service {}: a site file says it", service.name);
                self.leave_out(None, &what, file);
            }
            for (key, _) in parts.into_iter().filter(|(_, is_written)| *is_written) {
                let what = format!("`{key}` of `update` of service {}", service.name);
                self.leave_out(None, &what, file);
            }
            for hook in service.requires.iter().filter(|one| one.by.is_update_hook()) {
                let what = format!(
                    "`{}` of `hooks`: {} runs once, and not at each update",
                    hook.by.key(),
                    service.name
                );
                self.leave_out(None, &what, file);
            }
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
        if !env.is_empty() {
            block.add("environment", Value::flow(env));
        }
        let values = [
            ("ports", mounts::ports(&spec.ports)),
            ("volumes", mounts::volumes(spec, &ResourceKeys::default())),
        ];
        for (key, values) in values.into_iter().filter(|(_, values)| !values.is_empty()) {
            block.add(key, Value::List(values));
        }
        add_list(&mut block, "volumes_from", &spec.volumes_from);
        let is_known = |name: &str| self.environment.instance_named(name).is_some();
        connection(instance, is_known, &mut block);
        extra_hosts(spec, &mut block);
        if let Some((key, labels)) = pairs("labels", &instance.name, &own(&spec.labels)) {
            block.add(key, labels);
        }
        limits(instance, &mut block);
        settings(&instance.name, spec, &mut block);
        self.order(instance, &mut block);
        self.files.add_uses(instance, Format::Compose, &mut block);
        for target in left_out(instance) {
            self.leave_out(Some(instance), &format!("the file `{target}`"), &mut block);
        }
        hooks::add(&instance.name, instance, &mut block);
        add_update(&self.environment.service(instance.service).update, &mut block);
        self.checks(instance, &mut block);
        block
    }

    /// A command in the container becomes the health check, if there is none yet.
    fn checks(&mut self, instance: &Instance, block: &mut Block) {
        let test = health_test(instance);
        if let Some((command, tries)) = test {
            let command = std::iter::once("CMD".to_owned()).chain(command.iter().cloned());
            let command: Vec<String> = command.collect();
            let attempts = tries.at_least.max(1);
            let interval = (tries.within / attempts).as_millis().max(1);
            let entries = [
                ("test", secret::words(&instance.name, "healthcheck", command.iter())),
                ("interval", Value::text(&format!("{interval}ms"))),
                ("retries", Value::plain(&attempts.to_string())),
            ];
            block.add("healthcheck", Value::flow(entries));
        }
        let mut is_said = test.is_some();
        for (state, checks) in instance.lifecycle.states() {
            for check in checks {
                let is_first = matches!(check, Check::Rexec { .. })
                    && state == LifecycleState::Running
                    && std::mem::take(&mut is_said);
                if !is_first && !matches!(check, Check::Completion | Check::Docker { .. }) {
                    let what = format!("the check `{}` of `{}`", check.what(), state.word());
                    self.leave_out(Some(instance), &what, block);
                    if let (Check::Http(http), LifecycleState::Running, None) = (check, state, test) {
                        self.suggest(instance, http, block);
                    }
                }
            }
        }
    }

    /// A health check that asks the same in the container, as a comment: the image may have no program for it.
    fn suggest(&self, instance: &Instance, http: &HttpCheck, block: &mut Block) {
        let is_plain = http.options == HttpOptions::default()
            && http.authorities.is_none()
            && http.identity.is_none()
            && http.pattern.is_none()
            && http.method == "GET"
            && !instance.container.settings.contains_key(&Setting::HealthTest);
        let own = instance.container.ports.iter().find(|port| port.host == http.port && port.choice == 1);
        let is_own = self.environment.ship(instance.ship).address == http.host;
        let Some(port) = own.filter(|_| is_plain && is_own) else { return };
        let url = format!("{}://127.0.0.1:{}{}", http.scheme, port.container, http.path);
        if without_secrets(&url) != url {
            return;
        }
        block.comment(
            "Compose checks in the container; if its image has `wget`, this asks the same there:".to_owned(),
        );
        let url = serde_json::Value::from(url);
        block.comment(format!("healthcheck: {{test: [CMD, wget, -q, -O, /dev/null, {url}]}}"));
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
                let condition = match state {
                    RequiredState::Ready if target.is_job() => "service_completed_successfully",
                    RequiredState::Ready if has_health_check(target) => "service_healthy",
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
        let volumes = mounts.filter(|mount| mount.kind() == MountKind::Volume);
        let names: BTreeSet<&str> = volumes.map(|mount| mount.source.as_str()).collect();
        let mut block = Block::default();
        for name in names {
            let volume = self.environment.volume_named(name);
            let options = volume.map(|volume| volume_options(volume, &own(&volume.options.labels)));
            let options = options.into_iter().flatten();
            block.add(name, Value::flow([("name", Value::text(name))].into_iter().chain(options)));
        }
        block
    }
}

/// Labels without those that docker compose writes itself.
fn own(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let own = labels.iter().filter(|(name, _)| !name.starts_with(COMPOSE_LABELS));
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether docker compose can wait until an instance is healthy.
fn has_health_check(instance: &Instance) -> bool {
    let test = instance.container.settings.get(&Setting::HealthTest).and_then(|test| test.texts());
    let is_on = test.is_none_or(|words| words.first().is_some_and(|word| word != "NONE"));
    let waits = instance.lifecycle.running.iter().any(|check| matches!(check, Check::Docker { .. }));
    is_on && (test.is_some() || waits) || health_test(instance).is_some()
}

/// The command in the container that becomes an instance's health check.
fn health_test(instance: &Instance) -> Option<(&[String], &Tries)> {
    if instance.container.settings.contains_key(&Setting::HealthTest) {
        return None;
    }
    instance.lifecycle.running.iter().find_map(|check| match check {
        Check::Rexec { command, tries } => Some((command.as_slice(), tries)),
        Check::Tcp { .. }
        | Check::Http(_)
        | Check::Exec { .. }
        | Check::Docker { .. }
        | Check::Completion
        | Check::Sleep { .. } => None,
    })
}

/// `deploy.update_config`, if anything is said of it.
fn add_update(update: &Update, block: &mut Block) {
    let default = Update::default();
    let entries = [
        (update.parallel != default.parallel)
            .then(|| ("parallelism", Value::plain(&update.parallel.to_string()))),
        (!update.delay.is_zero()).then(|| ("delay", Value::text(&format!("{}ms", update.delay.as_millis())))),
        (update.on_failure != default.on_failure)
            .then(|| ("failure_action", Value::plain(update.on_failure.word()))),
        (update.order != default.order).then(|| ("order", Value::plain(update.order.word()))),
    ];
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    if !entries.is_empty() {
        block.add("deploy", Value::flow([("update_config", Value::flow(entries))]));
    }
}

/// The name as Compose allows it: small letters, digits, `-` and `_`.
fn project_name(environment: &str) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    let name: String = environment.to_lowercase().chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let name = name.trim_start_matches(['-', '_']);
    if name.is_empty() { "project".to_owned() } else { name.to_owned() }
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
            let mut entries = resources::attachment(name, &attachment, &attachment.aliases);
            if name == first {
                entries.push(("priority", Value::plain("1000")));
            }
            (name, Value::flow(entries))
        });
        block.add("networks", Value::flow(networks.collect::<Vec<_>>()));
    }
    let words = |(target, alias): &(String, String)| format!("{target}:{alias}");
    let (own, of_services): (Vec<_>, Vec<_>) = links.iter().partition(|(target, _)| is_known(target));
    add_list(block, "links", &own.into_iter().map(words).collect::<Vec<_>>());
    // A service is a name that its instances have on the network.
    add_list(block, "external_links", &of_services.into_iter().map(words).collect::<Vec<_>>());
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
    let options = network.map(|network| network_options(network, &own(&network.options.labels)));
    let options = options.into_iter().flatten();
    Value::flow([("name", Value::text(name))].into_iter().chain(options))
}
