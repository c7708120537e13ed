//! Services of a Compose file that a Swarm runs.

use std::collections::BTreeMap;

use super::{
    Networks, ProjectResolver,
    setting::limit,
    swarm_keys::{ON_SHIP, REFUSED, REMOVE},
};
use crate::{
    compose::{
        element::{Content, Element},
        project::ProjectSection,
        service::ComposeService,
    },
    document::site::SiteService,
    resolve::label::pairs,
};
use maestro_core::{
    diagnostic::Diagnostic,
    model::{
        ContainerName, Instance, ShipId,
        check::Check,
        container::{ContainerSpec, Network},
        network::{EnvironmentNetwork, OVERLAY},
        placement::InstanceCount,
        swarm::{EndpointMode, SwarmMode, SwarmSpec, TaskRestart, UpdatePolicy},
    },
    source::Span,
    value::setting::{Setting, SettingValue},
};

/// What follows the name of a network in the name that it has on a Swarm.
const ON_SWARM: &str = "-swarm";

impl<'p> ProjectResolver<'p, '_> {
    /// The Swarm that a service runs on, if all of its ships are one.
    pub(super) fn swarm_of(&self, candidates: &[ShipId]) -> Option<ShipId> {
        match candidates {
            [only] if self.ships[only.0].swarm => Some(*only),
            _ => None,
        }
    }

    /// The ships of a service without those that are a Swarm, if the file only implies that it may run there. What names
    /// both is told.
    pub(super) fn without_swarms(
        &mut self,
        service: ComposeService<'p>,
        site: Option<&SiteService>,
        candidates: Vec<ShipId>,
    ) -> Vec<ShipId> {
        if candidates.len() < 2 || !candidates.iter().any(|ship| self.ships[ship.0].swarm) {
            return candidates;
        }
        if let Some(ships) = site.and_then(|site| site.placement.ships.as_ref()) {
            let text = format!("service `{}` would run on a Swarm and on other ships", service.name);
            self.diagnostics.push(
                Diagnostic::error("mixed-placement", text)
                    .at(ships.span, "a ship of these is a Swarm")
                    .help("name the Swarm alone with `ship`, or ships that are no Swarm with `ships`"),
            );
            return Vec::new();
        }
        candidates.into_iter().filter(|ship| !self.ships[ship.0].swarm).collect()
    }

    /// Makes the only instance of a service into one that a Swarm runs.
    pub(super) fn on_swarm(
        &mut self,
        service: ComposeService<'p>,
        count: InstanceCount,
        instance: &mut Instance,
    ) {
        let element = service.element;
        self.tell_not_carried(service, element, "");
        self.tell_not_carried_values(service, instance);
        self.tell_site_keys(service);
        let number = match count {
            InstanceCount::Total(number) => number,
            InstanceCount::PerShip(_) => 1,
        };
        let Some(mut swarm) = self.swarm_spec(service, number, instance.is_job()) else { return };
        swarm.files = self.swarm_files(service);
        let mut spec = ContainerSpec::clone(&instance.container);
        service.name.clone_into(&mut spec.name);
        instance.name.clone_from(&spec.name);
        // As `docker stack deploy` names it.
        instance.container_name = ContainerName::new(&format!("{}_{}", self.project.name, service.name));
        instance.container = spec.into();
        // A Swarm counts health checks itself, and waits for no other state than an end.
        instance.lifecycle.running = swarm.mode.is_job().then_some(Check::Completion).into_iter().collect();
        instance.may_end = false;
        instance.swarm = Some(Box::new(swarm));
    }

    /// How it runs on a Swarm: as a job if its mode says so, or others wait for its end.
    fn swarm_spec(
        &mut self,
        service: ComposeService<'p>,
        number: usize,
        is_awaited: bool,
    ) -> Option<SwarmSpec> {
        let element = service.element;
        let deploy = element.get("deploy");
        let part = |key: &str| deploy.and_then(|deploy| deploy.get(key));
        let number = number as u64;
        // Other words are told where the file is read.
        let mode = match (deploy.and_then(|deploy| deploy.text_of("mode")).unwrap_or_default(), is_awaited) {
            ("global", false) => SwarmMode::Global,
            ("global", true) | ("global-job", _) => SwarmMode::GlobalJob,
            ("replicated-job", _) | (_, true) => SwarmMode::ReplicatedJob(number),
            (_, false) => SwarmMode::Replicated(number),
        };
        if mode.is_job()
            && let Some(key) = deploy.and_then(Element::members).and_then(|all| all.get("update_config"))
        {
            let text =
                format!("service `{}` is a job on a Swarm, which has no `update_config`", service.name);
            self.diagnostics.push(
                Diagnostic::error("not-on-a-swarm", text)
                    .at(key.key, "")
                    .help("remove it: a job is not updated, it runs again"),
            );
        }
        if matches!(mode, SwarmMode::Replicated(0) | SwarmMode::ReplicatedJob(0)) {
            self.tell_no_replicas(element);
            return None;
        }
        let endpoint = self.endpoint_mode(deploy)?;
        let placement = part("placement");
        let texts = |key: &str| {
            let texts = placement.and_then(|placement| placement.spanned_texts(key)).unwrap_or_default();
            texts.into_iter().map(|text| text.value.to_owned()).collect::<Vec<_>>()
        };
        let spread = placement.into_iter().flat_map(|placement| placement.each("preferences"));
        let max = placement.and_then(|placement| placement.spanned_integer("max_replicas_per_node"));
        let reserved = limit(element, "reservations", "cpus", Setting::Cpus);
        let update = part("update_config").map(|config| self.policy(config));
        let rollback = part("rollback_config").map(|config| self.policy(config));
        Some(SwarmSpec {
            mode,
            endpoint,
            host_ports: host_ports(element),
            labels: deploy.map(|deploy| pairs(deploy, "labels")).unwrap_or_default(),
            update,
            rollback,
            restart: restart(element).or_else(|| mode.is_job().then(runs_once)),
            constraints: texts("constraints"),
            spread: spread.filter_map(|one| one.text_of("spread")).map(str::to_owned).collect(),
            max_per_node: max.and_then(|max| u64::try_from(max.value).ok()).filter(|max| *max > 0),
            reserved_cpus: reserved.as_ref().and_then(SettingValue::number),
            files: BTreeMap::new(),
            recorded: None,
        })
    }

    fn tell_no_replicas(&mut self, element: &Element) {
        self.diagnostics.push(
            Diagnostic::error("no-replicas", "a service on a Swarm has one task at least")
                .at(service_span(element), "0 tasks")
                .help("write `replicas: 1`; `maestro stop` scales a service to 0"),
        );
    }

    /// None if it is no such mode, which is told.
    fn endpoint_mode(&mut self, deploy: Option<&Element>) -> Option<EndpointMode> {
        let Some(word) = deploy.and_then(|deploy| deploy.spanned_text("endpoint_mode")) else {
            return Some(EndpointMode::Vip);
        };
        match word.value {
            "dnsrr" => Some(EndpointMode::Dnsrr),
            "vip" | "" => Some(EndpointMode::Vip),
            other => {
                let text = format!("`{other}` is no `endpoint_mode`");
                let problem = Diagnostic::error("bad-value", text).at(word.span, "expected `vip` or `dnsrr`");
                self.diagnostics.push(problem.help("write `vip` or `dnsrr`"));
                None
            }
        }
    }

    fn policy(&mut self, config: &Element) -> UpdatePolicy {
        if let Some(action) = config.spanned_text("failure_action")
            && !matches!(action.value, "pause" | "continue" | "rollback" | "")
        {
            let text = format!("`{}` is no `failure_action`", action.value);
            self.diagnostics.push(
                Diagnostic::error("bad-value", text)
                    .at(action.span, "expected `pause`, `continue` or `rollback`")
                    .help("write `rollback`, for example"),
            );
        }
        let text = |key: &str| config.text_of(key).filter(|text| !text.is_empty()).map(str::to_owned);
        let number = |key: &str| config.spanned_integer(key).map(|number| number.value);
        UpdatePolicy {
            parallelism: number("parallelism").and_then(|number| u64::try_from(number).ok()),
            delay: number("delay"),
            failure_action: text("failure_action"),
            monitor: number("monitor"),
            max_failure_ratio: config.spanned_number("max_failure_ratio").map(|ratio| ratio.value),
            order: text("order"),
        }
    }

    /// Tells keys that a Swarm does not carry, each at its place.
    fn tell_not_carried(&mut self, service: ComposeService<'p>, element: &Element, path: &str) {
        match &element.content {
            Content::Mapping(members) => {
                for (key, member) in members {
                    let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    let named = format!("{path}.*");
                    let found = REFUSED.iter().find(|(refused, _)| *refused == below);
                    if let Some((_, instead)) = found.filter(|_| member.value.says_something()) {
                        self.not_carried(member.key, key, service.name, instead);
                        continue;
                    }
                    let is_name =
                        REFUSED.iter().any(|(refused, _)| refused.starts_with(&format!("{named}.")));
                    self.tell_not_carried(service, &member.value, if is_name { &named } else { &below });
                }
            }
            Content::List(items) => {
                for item in items {
                    self.tell_not_carried(service, item, path);
                }
            }
            Content::Null
            | Content::Boolean(_)
            | Content::Integer(_)
            | Content::Number(_)
            | Content::Text(_) => {}
        }
    }

    fn not_carried(&mut self, span: Span, key: &str, service: &str, instead: &str) {
        let text = format!("`{key}` is not carried by a Swarm, which runs service `{service}`");
        self.diagnostics
            .push(Diagnostic::error("not-on-a-swarm", text).at(span, "").help(instead.to_owned()));
    }

    /// Tells values that a Swarm does not carry.
    fn tell_not_carried_values(&mut self, service: ComposeService<'p>, instance: &Instance) {
        let (element, name) = (service.element, service.name);
        let key = |key: &str| element.members().and_then(|all| all.get(key)).map(|it| it.key);
        if let Some(mode) = element.spanned_text("network_mode").filter(|mode| mode.value != "host") {
            self.not_carried(mode.span, &format!("network_mode: {}", mode.value), name, REMOVE);
        }
        if let Some(span) = key("tmpfs") {
            let entries = instance.container.settings.get(&Setting::Tmpfs).and_then(SettingValue::entries);
            if entries.is_some_and(|all| all.values().any(|options| !options.is_empty())) {
                self.not_carried(span, "tmpfs with options", name, "name its path alone");
            }
        }
        if let Some(port) = element.each("ports").zip(&instance.ports).find(|(_, port)| port.choice > 1) {
            let instead = "publish one port, or let the Swarm choose one";
            self.not_carried(port.0.span, "a choice of ports", name, instead);
        }
        let used: BTreeMap<&str, Span> =
            element.entries("networks").map(|(name, _)| (name.value, name.span)).collect();
        for (key, network) in self.project.entries(ProjectSection::Networks) {
            let driver = network.spanned_text("driver").filter(|driver| !driver.value.is_empty());
            let Some(driver) = driver.filter(|driver| used.contains_key(key) && driver.value != OVERLAY)
            else {
                continue;
            };
            let text = format!("network `{key}` is used on a Swarm, whose networks are overlays");
            self.diagnostics.push(
                Diagnostic::error("not-on-a-swarm", text)
                    .at(driver.span, "another driver")
                    .help("remove `driver`")
                    .replace(driver.span, OVERLAY),
            );
        }
    }

    /// Tells what the site file says of the service and means containers.
    fn tell_site_keys(&mut self, service: ComposeService<'p>) {
        let Some(site) = self.site_service(service.name) else { return };
        let checks = &site.lifecycle;
        let has_checks = [&checks.pre_start, &checks.running, &checks.pre_stop, &checks.stopped]
            .iter()
            .any(|checks| !checks.is_empty());
        let placement = &site.placement;
        let said = [
            ("update", site.update.is_some(), "write `deploy.update_config` in the Compose file"),
            ("lifecycle", has_checks, "write `healthcheck` in the Compose file"),
            ("hooks", !site.hooks.before.is_empty() || !site.hooks.after.is_empty(), ON_SHIP),
            ("per_ship", placement.per_ship.is_some(), "write `deploy.mode: global` in the Compose file"),
            (
                "max_per_ship",
                placement.max_per_ship.is_some(),
                "write `deploy.placement.max_replicas_per_node` in the Compose file",
            ),
            (
                "preferences",
                !placement.spread.is_empty(),
                "write `deploy.placement.preferences` in the Compose file",
            ),
            ("carry", site.carry, "nodes pull its image from a registry: remove it"),
            ("image_source", site.image_source.is_some(), "nodes pull its image from a registry: remove it"),
            ("on_unhealthy", site.on_unhealthy.is_some(), "a Swarm replaces what is unhealthy: remove it"),
        ];
        let span = site.name.span;
        for (key, _, instead) in said.into_iter().filter(|(_, is_said, _)| *is_said) {
            self.not_carried(span, key, service.name, instead);
        }
    }
}

/// Gives the networks of services on a Swarm names of their own, and tells how they are made. A node of the Swarm may be a
/// ship too, where the project's bridge has the usual name, and tasks would find two networks of one name there.
pub(super) fn name_networks(networks: &Networks<'_>, instances: &mut [Instance]) -> Vec<EnvironmentNetwork> {
    let own = |name: &str| networks.values().find(|network| network.name == name && !network.external);
    let named = |name: &str| match own(name) {
        Some(_) => format!("{name}{ON_SWARM}"),
        None => name.to_owned(),
    };
    let mut used: BTreeMap<String, EnvironmentNetwork> = BTreeMap::new();
    for instance in instances.iter_mut().filter(|instance| instance.swarm.is_some()) {
        let mut spec = ContainerSpec::clone(&instance.container);
        for network in spec.networks().filter_map(own) {
            let mut options = network.options.clone();
            options.driver = Some(OVERLAY.to_owned());
            // Containers of the Swarm's nodes may join it.
            options.attachable = true;
            let name = named(&network.name);
            used.insert(name.clone(), EnvironmentNetwork { name, external: false, options });
        }
        if let Network::Environment { name, .. } = &mut spec.network {
            *name = named(name);
        }
        spec.attachments = spec.attachments.into_iter().map(|(name, how)| (named(&name), how)).collect();
        instance.container = spec.into();
    }
    used.into_values().collect()
}

fn service_span(element: &Element) -> Span {
    let number = element.get("deploy").and_then(|deploy| deploy.spanned_integer("replicas"));
    number.map_or(element.span, |number| number.span)
}

/// The names of ports that nodes publish for their own tasks alone.
fn host_ports(element: &Element) -> std::collections::BTreeSet<String> {
    let host = element.each("ports").filter(|port| port.text_of("mode") == Some("host"));
    host.filter_map(|port| {
        let target = port.spanned_integer("target")?.value;
        Some(format!("{target}/{}", port.text_of("protocol").unwrap_or("tcp")))
    })
    .collect()
}

/// A job that says nothing of restarts is tried once, as on other ships.
fn runs_once() -> TaskRestart {
    TaskRestart { condition: Some("none".to_owned()), ..TaskRestart::default() }
}

/// When tasks are started again: as `deploy.restart_policy` says, else as `restart` means.
fn restart(element: &Element) -> Option<TaskRestart> {
    let policy = element.get("deploy").and_then(|deploy| deploy.get("restart_policy"));
    if let Some(policy) = policy {
        let number = |key: &str| policy.spanned_integer(key).map(|number| number.value);
        return Some(TaskRestart {
            condition: policy.text_of("condition").filter(|text| !text.is_empty()).map(str::to_owned),
            delay: number("delay"),
            max_attempts: number("max_attempts").and_then(|number| u64::try_from(number).ok()),
            window: number("window"),
        });
    }
    let written = element.text_of("restart")?;
    let (name, retries) = written.split_once(':').unwrap_or((written, ""));
    let condition = match name {
        "no" => "none",
        "on-failure" => "on-failure",
        "always" | "unless-stopped" => "any",
        _ => return None,
    };
    let max_attempts = retries.parse().ok().filter(|number| *number > 0);
    Some(TaskRestart { condition: Some(condition.to_owned()), max_attempts, ..TaskRestart::default() })
}
