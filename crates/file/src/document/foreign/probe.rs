//! Probes of Kubernetes and health checks, as checks.

use super::Unknown;
use crate::document::{convert, ports::services, yaml::NodeId};
use maestro_core::diagnostic::Help;

impl Unknown<'_> {
    /// A probe or a health check, as a check of `running`.
    pub(super) fn check(&self, otherwise: &str) -> Help {
        if !self.is_free("lifecycle") {
            return otherwise.into();
        }
        if let Some(number) = convert::port_of_probe(self.yaml, self.value) {
            return self.probe_of_port(number).unwrap_or_else(|| otherwise.into());
        }
        let Some(value) = convert::value(self.yaml, "lifecycle", self.value) else {
            return otherwise.into();
        };
        let meant = format!("lifecycle: {value}");
        let port = if value.contains("port: ") { ": `port` names one of its `ports`" } else { "" };
        let help = Help::from(format!("write `{meant}`{port}"));
        self.entry().map_or(help.clone(), |entry| help.replace(entry, meant))
    }

    /// A probe of a port inside the container. A check comes from outside, so it asks the port that is published.
    fn probe_of_port(&self, number: u16) -> Option<Help> {
        const WHY: &str = "checks come from outside, to a port that is published on the ship, and only at a start: nothing is \
             restarted later";
        let ports = self.siblings.iter().find(|(key, _)| key.value == "ports").map(|(_, value)| *value);
        let known =
            ports.into_iter().chain(self.ports_of_instances()).find_map(|ports| self.name(ports, number));
        if let Some(name) = known {
            let meant = format!("lifecycle: {}", convert::probe_of_port(self.yaml, self.value, &name)?);
            let help = Help::from(format!("write `{meant}`: {WHY}"));
            return Some(self.entry().map_or(help.clone(), |entry| help.replace(entry, meant)));
        }
        let name = services::name_of(&number.to_string());
        let meant = format!("lifecycle: {}", convert::probe_of_port(self.yaml, self.value, &name)?);
        if ports.is_some() {
            return Some(format!("add `{name}: {number}` to `ports` and write `{meant}`: {WHY}").into());
        }
        let published = format!("ports: {{{name}: {number}}}");
        let help = Help::from(format!("write `{published}` and `{meant}`: {WHY}"));
        Some(match self.entry().filter(|_| !self.yaml.is_flow(self.within)) {
            Some(entry) => help.replace(entry, published).add_lines(entry, meant, self.key.span, 0),
            None => help,
        })
    }

    fn name(&self, ports: NodeId, number: u16) -> Option<String> {
        convert::name_of_port(self.yaml, ports, number)
    }

    /// `ports` of the instances beside the key.
    fn ports_of_instances(&self) -> Vec<NodeId> {
        let instances = self.siblings.iter().find(|(key, _)| key.value == "instances");
        let each = instances.into_iter().flat_map(|(_, instances)| self.yaml.entries(*instances));
        each.filter_map(|instance| self.yaml.value_of(instance.value, "ports")).collect()
    }
}
