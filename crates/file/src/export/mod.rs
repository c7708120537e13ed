//! Writes an environment as a file of Maestro, for those who change formats. What such a file has no words for becomes a
//! comment in it.

mod checks;
mod compose;
mod container;
mod files;
mod hooks;
mod mounts;
mod resources;
mod secret;
mod yaml;

use std::collections::BTreeSet;

use maestro_core::{
    model::{
        Endpoint, Environment, Instance, Required, RequiredState, Service, ServiceId, Ship,
        container::{MountKind, Network},
        naming::Names,
        update::Update,
    },
    value::image_source::ImageSource,
};

pub use compose::compose_file;
use files::FileNames;
use resources::ResourceKeys;
use yaml::{Block, Value, add_list};

/// A file, and what it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub text: String,
    /// What is left out of it, a sentence each.
    pub left_out: Vec<String>,
    /// Variables that it reads, in place of values that look secret.
    pub variables: BTreeSet<String>,
}

impl Exported {
    /// What the user should know of it, a sentence each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let variables: Vec<&str> = self.variables.iter().map(String::as_str).collect();
        let variables = (!variables.is_empty()).then(|| {
            let names = variables.join(", ");
            format!("the file reads values that look secret from variables: set {names} before you use it")
        });
        self.left_out.iter().cloned().chain(variables).collect()
    }
}

/// Writes the environment of a Compose project as a file of Maestro of schema 3.
#[must_use]
pub fn maestro_file(environment: &Environment) -> Exported {
    let mounts = environment.instances.iter().flat_map(|instance| instance.container.mounts.iter());
    let mounted = mounts.filter(|mount| mount.kind() == MountKind::Volume);
    let mounted: Vec<&str> = mounted.map(|mount| mount.source.as_str()).collect();
    let mut writer = Writer {
        environment,
        networks: ResourceKeys::of_networks(environment),
        volumes: ResourceKeys::of_volumes(environment, &mounted),
        files: FileNames::of(environment),
        left_out: Vec::new(),
    };
    let mut file = Block::default();
    file.add("__maestro", Value::flow([("schema", Value::plain("3"))]));
    file.add("name", Value::text(&environment.name));
    if let Some(pattern) = &environment.container_names {
        file.add("container_names", Value::quoted(&pattern.to_string()));
    }
    writer.whole(&mut file);
    if environment.ships.iter().any(|ship| ship.span.is_some()) {
        file.add_block("ships", ships(&environment.ships));
    }
    let networks = resources::networks(environment, &writer.networks);
    for (key, block) in
        [("networks", networks), ("volumes", resources::volumes(environment, &writer.volumes))]
    {
        if !block.is_empty() {
            file.add_block(key, block);
        }
    }
    let contents = writer.files.add(&mut file);
    let mut services = Block::default();
    for service in &environment.services {
        let Some(first) = service.instances.first() else {
            writer.leave_out(Some(service), "it has no instances", &mut services);
            continue;
        };
        let block = writer.service(service, environment.instance(*first));
        services.add_block(&service.name, block);
    }
    file.add_block("services", services);
    let (text, mut variables) = secret::with_variables(&file.text(), |name| format!("{{{{ env.{name} }}}}"));
    variables.extend(contents);
    Exported { text, left_out: writer.left_out, variables }
}

/// The work of [`maestro_file`].
struct Writer<'e> {
    environment: &'e Environment,
    networks: ResourceKeys,
    volumes: ResourceKeys,
    files: FileNames<'e>,
    left_out: Vec<String>,
}

impl Writer<'_> {
    /// Notes what cannot be said, at the end of a block.
    fn leave_out(&mut self, service: Option<&Service>, what: &str, block: &mut Block) {
        block.comment(format!("left out: {what}"));
        self.left_out.push(match service {
            Some(service) => format!("left out of service {}: {what}", service.name),
            None => format!("left out: {what}"),
        });
    }

    /// What is said of the environment as a whole and not written.
    fn whole(&mut self, file: &mut Block) {
        let environment = self.environment;
        for service in &environment.inactive {
            let what = format!("the service `{service}`, which has no active profile");
            self.leave_out(None, &what, file);
        }
        for ship in &environment.ships {
            if matches!(ship.endpoint, Endpoint::Tls { .. }) {
                self.leave_out(None, &format!("certificates and keys of the ship `{}`", ship.name), file);
            }
        }
        if !environment.registries.is_empty() {
            self.leave_out(None, "`registries`: log in with `docker login`", file);
        }
        if !environment.audit.is_empty() {
            self.leave_out(None, "`audit`", file);
        }
    }

    fn service(&mut self, service: &Service, first: &Instance) -> Block {
        let mut block = Block::default();
        add_list(&mut block, "profiles", &service.profiles);
        self.container(service, first, &mut block);
        self.relations(service, first, &mut block);
        self.lifecycle(service, first, &mut block);
        if first.stop_timeout.as_secs() != 10 {
            block.add("stop_timeout", Value::plain(&first.stop_timeout.as_secs_f64().to_string()));
        }
        if let Some(update) = update(&service.update) {
            block.add("update", update);
        }
        self.update_hooks(first.service, &mut block);
        self.instances(service, &mut block);
        block
    }

    /// The jobs that run before and after its updates.
    fn update_hooks(&self, service: ServiceId, block: &mut Block) {
        let written = self.environment.hooks_of(service).into_iter();
        let hooks: Vec<_> = written
            .map(|(key, jobs)| (key, Value::List(jobs.into_iter().map(Value::text).collect())))
            .collect();
        if !hooks.is_empty() {
            block.add("hooks", Value::flow(hooks));
        }
    }

    /// What it waits for, and the names under which it finds others beside those of their services.
    fn relations(&mut self, service: &Service, first: &Instance, block: &mut Block) {
        let own = service.requires.iter().filter(|requirement| !requirement.by.is_update_hook());
        let required = own.filter_map(|requirement| match requirement.on {
            Required::Service(id) => Some(Value::text(&self.environment.service(id).name)),
            Required::Instance(_) => None,
        });
        let required: Vec<Value> = required.collect();
        if !required.is_empty() {
            block.add("requires", Value::List(required));
        }
        for requirement in &service.requires {
            let Required::Service(id) = requirement.on else { continue };
            let other = self.environment.service(id);
            let target = other.instances.first().map(|id| self.environment.instance(*id));
            let has_checks = target.is_some_and(|target| !target.lifecycle.running.is_empty());
            if requirement.state == RequiredState::Started && has_checks {
                let name = &other.name;
                let what =
                    format!("the condition `service_started` of `{name}`: it waits until `{name}` is ready");
                self.leave_out(Some(service), &what, block);
            }
        }
        let (Network::Environment { links, .. } | Network::Mode { links, .. }) = &first.container.network;
        // A link holds on the first network.
        let network = first.container.networks().next();
        let is_reached = |target: &str| {
            let target = self.environment.instance_named(target);
            target.is_some_and(|target| {
                network.is_none_or(|own| target.container.networks().any(|of| of == own))
            })
        };
        let (own, others): (Vec<_>, Vec<_>) = links.iter().partition(|(target, _)| is_reached(target));
        if !own.is_empty() {
            let links = own.iter().map(|(target, alias)| (target.as_str(), Value::text(alias)));
            block.add("links", Value::flow(links));
        }
        for (target, alias) in others {
            self.leave_out(Some(service), &format!("the link to `{target}` as `{alias}`"), block);
        }
    }

    fn instances(&self, service: &Service, block: &mut Block) {
        let instances: Vec<&Instance> =
            service.instances.iter().map(|id| self.environment.instance(*id)).collect();
        let has_ships = self.environment.ships.iter().any(|ship| ship.span.is_some());
        let own_names = instances.iter().any(|instance| self.own_name(instance).is_some());
        if !has_ships && !own_names && service.replicated {
            block.add("replicas", Value::plain(&instances.len().to_string()));
            return;
        }
        let mut listed = Block::default();
        for instance in instances {
            let ship = has_ships.then(|| ("ship", Value::text(&self.environment.ship(instance.ship).name)));
            let name = self.own_name(instance).map(|name| ("container_name", Value::text(name)));
            let is_own = self.image_source(service).is_none() && !instance.image_source.is_usual();
            let source = is_own.then(|| ("image_source", Value::plain(instance.image_source.word())));
            let healed = (!self.is_healed_alike(service) && !instance.on_unhealthy.is_usual())
                .then(|| ("on_unhealthy", Value::plain(instance.on_unhealthy.word())));
            let own = ship.into_iter().chain(name).chain(source).chain(healed);
            listed.add(&instance.name, Value::flow(own));
        }
        block.add_block("instances", listed);
    }

    /// Where images of all instances of a service come from; none if that is not the same for all.
    fn image_source(&self, service: &Service) -> Option<ImageSource> {
        let mut sources = service.instances.iter().map(|id| self.environment.instance(*id).image_source);
        let first = sources.next()?;
        sources.all(|source| source == first).then_some(first)
    }

    /// Whether `watch` does the same about all instances of a service.
    fn is_healed_alike(&self, service: &Service) -> bool {
        let mut all = service.instances.iter().map(|id| self.environment.instance(*id).on_unhealthy);
        all.next().is_none_or(|first| all.all(|other| other == first))
    }

    /// The name of its container, if the pattern of the environment gives another one.
    fn own_name<'i>(&self, instance: &'i Instance) -> Option<&'i str> {
        let names = Names {
            environment: &self.environment.name,
            service: &self.environment.service(instance.service).name,
            instance: &instance.name,
            ship: &self.environment.ship(instance.ship).name,
        };
        let usual = match &self.environment.container_names {
            Some(pattern) => pattern.text(names),
            None => instance.name.clone(),
        };
        Some(instance.container_name()).filter(|name| *name != usual)
    }
}

/// How instances are replaced, if anything is said of that.
fn update(update: &Update) -> Option<Value> {
    let default = Update::default();
    let number = |key, number: usize| (key, Value::plain(&number.to_string()));
    let entries = [
        (update.order != default.order).then(|| ("order", Value::plain(update.order.word()))),
        (update.parallel != default.parallel).then(|| number("parallel", update.parallel.get())),
        update.max_per_ship.map(|most| number("max_per_ship", most.get())),
        update.canary.map(|canary| number("canary", canary.get())),
        (!update.delay.is_zero()).then(|| ("delay", Value::plain(&update.delay.as_secs_f64().to_string()))),
        (update.on_failure != default.on_failure)
            .then(|| ("on_failure", Value::plain(update.on_failure.word()))),
        (update.max_failures > 0).then(|| number("max_failures", update.max_failures)),
        (update.on_peer_change != default.on_peer_change)
            .then(|| ("on_peer_change", Value::plain(update.on_peer_change.word()))),
    ];
    let entries: Vec<_> = entries.into_iter().flatten().collect();
    (!entries.is_empty()).then(|| Value::flow(entries))
}

fn ships(ships: &[Ship]) -> Block {
    let mut block = Block::default();
    for ship in ships {
        let host = match &ship.endpoint {
            Endpoint::Local => None,
            endpoint @ (Endpoint::Unix(_)
            | Endpoint::Tcp { .. }
            | Endpoint::Tls { .. }
            | Endpoint::Ssh { .. }) => Some(("host", Value::text(&endpoint.to_string()))),
        };
        let ip = (ship.address != "localhost").then(|| ("ip", Value::text(&ship.address)));
        let labels = ship.labels.iter().map(|(name, value)| (name.as_str(), Value::text(value)));
        let labels = (!ship.labels.is_empty()).then(|| ("labels", Value::flow(labels)));
        let drain = ship.drain.then(|| ("drain", Value::plain("true")));
        block.add(&ship.name, Value::flow(host.into_iter().chain(ip).chain(labels).chain(drain)));
    }
    block
}
