//! Writes an environment as a file of Maestro, for those who change formats. What such a file has no words for becomes a
//! comment in it.

mod checks;
mod compose;
mod container;
mod secret;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use maestro_core::model::{
    Endpoint, Environment, Instance, Required, RequiredState, Service, Ship, naming::Names,
};

pub use compose::compose_file;
use yaml::{Block, Value};

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

/// Writes the environment of a Compose project as a file of Maestro.
#[must_use]
pub fn maestro_file(environment: &Environment) -> Exported {
    let mut writer = Writer { environment, left_out: Vec::new() };
    let mut file = Block::default();
    file.add("__maestro", Value::flow([("schema", Value::plain("2"))]));
    file.add("name", Value::text(&environment.name));
    if let Some(pattern) = &environment.container_names {
        file.add("container_names", Value::quoted(&pattern.to_string()));
    }
    if environment.ships.iter().any(|ship| ship.span.is_some()) {
        file.add_block("ships", ships(&environment.ships));
    }
    writer.networks(&mut file);
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
    let (text, variables) = secret::with_variables(&file.text(), |name| format!("{{{{ env.{name} }}}}"));
    Exported { text, left_out: writer.left_out, variables }
}

/// The work of [`maestro_file`].
struct Writer<'e> {
    environment: &'e Environment,
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

    fn networks(&mut self, file: &mut Block) {
        for network in &self.environment.declared_networks {
            let is_plain = network.options.driver.is_none()
                && network.options.driver_opts.is_empty()
                && network.options.ipam.is_none()
                && !network.options.internal
                && !network.external;
            if !is_plain {
                let what = format!("the network `{}` with its options", network.name);
                self.leave_out(None, &what, file);
            }
        }
        for volume in &self.environment.volumes {
            if volume.options.driver.is_some() || !volume.options.driver_opts.is_empty() {
                self.leave_out(None, &format!("the driver of the volume `{}`", volume.name), file);
            }
        }
    }

    fn service(&mut self, service: &Service, first: &Instance) -> Block {
        let mut block = Block::default();
        self.container(service, first, &mut block);
        self.relations(service, first, &mut block);
        self.lifecycle(service, first, &mut block);
        if first.stop_timeout.as_secs() != 10 {
            block.add("stop_timeout", Value::plain(&first.stop_timeout.as_secs_f64().to_string()));
        }
        if service.update.parallel.get() > 1 || !service.update.delay.is_zero() {
            let parallel = ("parallel", Value::plain(&service.update.parallel.to_string()));
            let delay = ("delay", Value::plain(&service.update.delay.as_secs_f64().to_string()));
            let delay = (!service.update.delay.is_zero()).then_some(delay);
            block.add("update", Value::flow([parallel].into_iter().chain(delay)));
        }
        self.instances(service, &mut block);
        block
    }

    /// What it waits for, and the names under which it finds that.
    fn relations(&mut self, service: &Service, first: &Instance, block: &mut Block) {
        let mut links = BTreeMap::new();
        let mut requires = Vec::new();
        for requirement in &service.requires {
            let Required::Service(id) = requirement.on else { continue };
            let other = self.environment.service(id);
            let Some(target) = other.instances.first().map(|id| self.environment.instance(*id)) else {
                continue;
            };
            if target.is_job() || requirement.state == RequiredState::Started || other.instances.len() > 1 {
                requires.push(Value::text(&other.name));
            }
            if !target.is_job() {
                links.insert(target.name.clone(), Value::text(&other.name));
            }
        }
        if let maestro_core::model::container::Network::Environment { links: own, .. } =
            &first.container.network
        {
            links.extend(own.iter().map(|(target, alias)| (target.clone(), Value::text(alias))));
        }
        if !requires.is_empty() {
            block.add("requires", Value::List(requires));
        }
        if !links.is_empty() {
            let links = links.iter().map(|(target, alias)| (target.as_str(), alias.clone()));
            block.add("links", Value::flow(links));
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
            listed.add(&instance.name, Value::flow(ship.into_iter().chain(name)));
        }
        block.add_block("instances", listed);
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
        block.add(&ship.name, Value::flow(host.into_iter().chain(ip).chain(labels)));
    }
    block
}
