//! `net`: what does not go with it, and containers whose network is shared.

use std::collections::BTreeMap;

use super::{Resolver, Section, bad};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    model::{
        Instance, InstanceId, Required, RequiredBy, RequiredState, Requirement,
        attachment::Attachment,
        container::{Network, Setting, network_name},
    },
    source::{Span, Spanned},
    value::setting::OF_CONTAINER,
};

impl Resolver<'_, '_> {
    /// How an instance is connected whose `net` is that: its first network or mode, and how it is on each network.
    pub(super) fn connection(
        &self,
        section: Section<'_>,
        net: Option<&str>,
    ) -> (Network, BTreeMap<String, Attachment>) {
        if let Some(mode) = net {
            return (Network::Mode { mode: mode.to_owned(), links: Vec::new() }, BTreeMap::new());
        }
        let connection = self.forms.as_ref().and_then(|forms| {
            let service = (section.service_id, section.service.name.value.as_str());
            forms.connection(service, &section.instance.name.value)
        });
        let own = || (network_name(&self.document.name.value), BTreeMap::new());
        let (name, attachments) = connection.unwrap_or_else(own);
        (Network::Environment { name, links: Vec::new() }, attachments)
    }

    /// Tells `net` beside `networks`.
    fn two_networks(&mut self, at: usize, instance: &Instance, net: &Spanned<String>) {
        let section = self.index.sections[at];
        let Some(networks) = section.networks_span() else { return };
        let text = format!("`networks` and `net: {}` do not go together, at `{}`", net.value, instance.name);
        self.diagnostics.push(
            Diagnostic::error("conflicting-keys", text)
                .at(networks, "networks of the file")
                .also(net.span, "a mode, or a network that is not in the file")
                .help("remove one of them; a network of the ship may be declared: `networks: {NAME: {external: true}}`"),
        );
    }

    /// Checks `net`, `pid` and `ipc` of every instance, and returns which instances wait for the one whose network or
    /// namespace they share.
    pub(super) fn networks(&mut self, instances: &[Instance]) -> Vec<(InstanceId, Requirement)> {
        let mut order = Vec::new();
        for (at, instance) in instances.iter().enumerate() {
            for setting in [Setting::Pid, Setting::Ipc] {
                let by = if setting == Setting::Pid { RequiredBy::Pid } else { RequiredBy::Ipc };
                let Some(mode) = self.namespace_of(at, setting) else { continue };
                let Some(target) = mode.value.strip_prefix(OF_CONTAINER) else { continue };
                let requirement = self.shared_namespace(instances, at, &mode, (by, target));
                order.extend(requirement.map(|requirement| (InstanceId(at), requirement)));
            }
            let Some(net) = self.net_of(at) else { continue };
            self.two_networks(at, instance, &net);
            match net.value.strip_prefix(OF_CONTAINER) {
                Some(target) => {
                    let requirement = self.shared_namespace(instances, at, &net, (RequiredBy::Net, target));
                    order.extend(requirement.map(|requirement| (InstanceId(at), requirement)));
                    self.conflicts(at, instance, &net);
                }
                None if net.value == "host" => self.host_ports(at, instance, &net),
                None if net.value == "none" => self.no_ports(instance, &net),
                None => self.check_network_name(&net),
            }
        }
        order
    }

    fn net_of(&self, at: usize) -> Option<Spanned<String>> {
        let section = self.index.sections[at];
        section.instance.settings.net.clone().or_else(|| section.service.settings.net.clone())
    }

    /// `pid` or `ipc`, with its place.
    fn namespace_of(&self, at: usize, setting: Setting) -> Option<Spanned<String>> {
        let section = self.index.sections[at];
        let sides = [&section.instance.settings, &section.service.settings];
        let written = sides.iter().find_map(|side| side.container.get(&setting))?;
        Some(Spanned::new(written.value.text()?.to_owned(), written.span))
    }

    /// The instance whose network or namespace is shared, if it is one of this file.
    fn shared_namespace(
        &mut self,
        instances: &[Instance],
        at: usize,
        mode: &Spanned<String>,
        (by, target): (RequiredBy, &str),
    ) -> Option<Requirement> {
        let own = &instances[at];
        if target.trim().is_empty() {
            let code = if by == RequiredBy::Net { "bad-network" } else { "bad-mode" };
            let text = format!("`{}` names no container", mode.value);
            self.diagnostics.push(
                bad(code, text, mode.span, "nothing stands after the `:`")
                    .help(example_of_sharing(instances, at)),
            );
            return None;
        }
        let Some(&other) = self.index.instances.get(target) else {
            self.warn_of_misspelt_container(own, mode, target);
            return None;
        };
        if self.known_ship[at] && self.known_ship[other.0] && own.ship != instances[other.0].ship {
            let (here, there) = (&self.ships[own.ship.0].name, &self.ships[instances[other.0].ship.0].name);
            let what = if by == RequiredBy::Net { "network" } else { by.key() };
            let text =
                format!("`{}` cannot share the {what} of `{target}`, which is on another ship", own.name);
            self.diagnostics.push(
                bad(
                    "other-ship",
                    text,
                    mode.span,
                    format!("`{target}` is on `{there}`, `{}` on `{here}`", own.name),
                )
                .help("put both on one ship"),
            );
            return None;
        }
        Some(Requirement { on: Required::Instance(other), by, state: RequiredState::Ready, span: mode.span })
    }

    /// A container that is in no file is looked for on the ship, before the first step. It can be a slip in the name of an
    /// instance.
    fn warn_of_misspelt_container(&mut self, own: &Instance, mode: &Spanned<String>, target: &str) {
        let others = self.index.instances.keys().copied().filter(|name| *name != own.name);
        let Some(near) = nearest(target, others) else { return };
        let text = format!("there is no instance `{target}`: its ship must have a container of this name");
        self.diagnostics.push(
            Diagnostic::warning("unknown-container", text)
                .at(mode.span, "not an instance of this file")
                .help(
                    Help::from(format!("did you mean `container:{near}`?"))
                        .replace(mode.span, format!("container:{near}")),
                ),
        );
    }

    /// What engines refuse beside the network of another container.
    fn conflicts(&mut self, at: usize, instance: &Instance, net: &Spanned<String>) {
        let spec = &instance.container;
        let conflicts = [
            ("ports", !spec.ports.is_empty(), "publish them at the instance whose network it shares"),
            (
                "extra_hosts",
                !spec.extra_hosts.is_empty(),
                "write them at the instance whose network it shares",
            ),
            ("dns", !spec.dns.is_empty(), "write it at the instance whose network it shares"),
            ("hostname", spec.hostname.is_some(), "write it at the instance whose network it shares"),
        ];
        for (key, is_there, help) in conflicts {
            if !is_there {
                continue;
            }
            let text = format!("`{key}` and `net: {}` do not go together, at `{}`", net.value, instance.name);
            let span = self.key_span(at, key);
            self.diagnostics.push(
                Diagnostic::error("conflicting-keys", text)
                    .at(span, "an engine refuses this beside the network of another container")
                    .also(net.span, "the network")
                    .help(help),
            );
        }
    }

    pub(super) fn key_span(&self, at: usize, key: &str) -> Span {
        let section = self.index.sections[at];
        let both = section.instance.settings.written.iter().chain(&section.service.settings.written);
        both.into_iter()
            .find(|written| written.value == key)
            .map_or(section.instance.span, |written| written.span)
    }

    /// With `net: host` a program listens at the ship's own ports, and nothing is published.
    fn host_ports(&mut self, at: usize, instance: &Instance, net: &Spanned<String>) {
        for port in &instance.ports {
            let span = super::ports::port_span(self.index.sections[at], &port.name);
            if port.host == 0 {
                // The engine may choose any, also its own.
                continue;
            }
            if port.host != port.container || port.choice > 1 {
                let text = format!(
                    "with `net: host` port {} cannot be {} on the ship",
                    port.inside(),
                    port.on_ship()
                );
                self.diagnostics.push(
                    Diagnostic::error("conflicting-keys", text)
                        .at(span, "an engine publishes nothing here")
                        .also(net.span, "the program listens at the ship's own ports")
                        .help(format!("write `{}: {}`, or leave `net: host` out", port.name, port.inside()))
                        .replace(span, port.inside()),
                );
            } else if let Some(address) = port.bind.filter(|address| !address.is_unspecified()) {
                let text = format!("with `net: host` port {} is not bound to {address}", port.inside());
                self.diagnostics.push(
                    Diagnostic::warning("unbound-port", text)
                        .at(span, "the program itself says at which addresses it listens")
                        .also(net.span, "an engine publishes nothing here")
                        .help(format!(
                            "write `{}: {}`, and bind the program to {address}",
                            port.name,
                            port.inside()
                        ))
                        .replace(span, port.inside()),
                );
            }
        }
    }

    fn no_ports(&mut self, instance: &Instance, net: &Spanned<String>) {
        if instance.ports.is_empty() {
            return;
        }
        let text = format!("`{}` publishes no port: `net: none` has no network", instance.name);
        self.diagnostics.push(
            Diagnostic::warning("unpublished-ports", text)
                .at(net.span, "an engine publishes nothing here")
                .help("leave `ports` or `net: none` out"),
        );
    }

    fn check_network_name(&mut self, net: &Spanned<String>) {
        let what = if net.value == "container" {
            "expected `container:` and the name of a container"
        } else if net.value.is_empty() || net.value.contains(|c: char| c.is_whitespace() || "/:".contains(c))
        {
            "a network's name has no space, `/` or `:` in it"
        } else {
            return;
        };
        let text = format!("`{}` is neither a network mode nor the name of a network", net.value);
        self.diagnostics.push(bad("bad-network", text, net.span, what).help(
            "write `host`, `none`, `bridge`, `container:NAME`, or the name of a network that is on the ship",
        ));
    }

    /// What an engine refuses of an instance's own values together with those of its service.
    pub(super) fn limits(&mut self, instances: &[Instance]) {
        for (at, instance) in instances.iter().enumerate() {
            let spec = &instance.container;
            let problem = match (spec.memory.unwrap_or(0), spec.memory_swap.unwrap_or(0)) {
                (_, swap) if swap <= 0 => None,
                (0, _) => Some((
                    format!("`{}` limits `swap`, but not `memory`", instance.name),
                    "add `memory`: `swap` is the limit of both together".to_owned(),
                )),
                (memory, swap) if swap < memory => Some((
                    format!("`swap` of `{}` is below its `memory`", instance.name),
                    format!(
                        "`swap` is the limit of both together: write `swap: {}` or more, or -1 for no limit",
                        in_largest_unit(memory)
                    ),
                )),
                (_, _) => None,
            };
            if let Some((text, help)) = problem {
                let section = self.index.sections[at];
                let swap = section.instance.settings.swap.as_ref().or(section.service.settings.swap.as_ref());
                let span = swap.map_or_else(|| self.key_span(at, "limits"), |swap| swap.span);
                self.diagnostics.push(bad("bad-limits", text, span, "an engine refuses this").help(help));
            }
            self.host_name(instance);
        }
    }

    /// An instance's name is its host name, unless `net` is written.
    fn host_name(&mut self, instance: &Instance) {
        let Some(name) = instance.container.hostname.as_ref().filter(|name| name.len() > LONGEST_HOST_NAME)
        else {
            return;
        };
        let text = format!("the name `{name}` is too long for a host name");
        self.diagnostics.push(
            bad(
                "bad-name",
                text,
                instance.span,
                format!("this has {} characters, Linux allows {LONGEST_HOST_NAME}", name.len()),
            )
            .help("give the instance a shorter name"),
        );
    }
}

/// How the network of an instance on the same ship is shared, with the first one that there is.
fn example_of_sharing(instances: &[Instance], at: usize) -> String {
    let own = &instances[at];
    let other = instances.iter().find(|other| other.name != own.name && other.ship == own.ship);
    let example = other.map(|other| format!(", for example `container:{}`", other.name));
    let what = "write the name of an instance on the same ship after it";
    format!("{what}{}", example.unwrap_or_else(|| ", `container:NAME`".to_owned()))
}

/// What Linux allows as a host name.
const LONGEST_HOST_NAME: usize = 64;

/// A number of bytes with the largest unit that says it exactly.
fn in_largest_unit(bytes: i64) -> String {
    let units = [("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10)];
    let exact = units.into_iter().find(|(_, unit)| bytes % unit == 0);
    exact.map_or_else(|| bytes.to_string(), |(name, unit)| format!("{}{name}", bytes / unit))
}
