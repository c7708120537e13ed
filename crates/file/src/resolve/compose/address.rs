//! Static addresses of containers on their networks.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::{
    ProjectResolver,
    refused::own,
    subnet::{Subnet, pools},
};
use crate::{
    compose::{element::Element, project::ProjectSection},
    document::settings::check_mac_address,
};
use maestro_core::{
    diagnostic::Diagnostic,
    model::ShipId,
    source::{Span, Spanned},
};

impl ProjectResolver<'_, '_> {
    /// Tells static addresses of a service that are none, or that its networks do not have.
    pub(super) fn addresses(&mut self, service: &Element) {
        for (network, attachment) in service.entries("networks") {
            if let Some(address) = attachment.spanned_text("mac_address") {
                check_mac_address(self.diagnostics, &own(&address));
            }
            for (key, is_v4) in [("ipv4_address", true), ("ipv6_address", false)] {
                let Some(address) = attachment.spanned_text(key) else { continue };
                let problem = match address.value.parse::<IpAddr>() {
                    Ok(parsed) if parsed.is_ipv4() == is_v4 => {
                        self.unfit(network.value, &Spanned::new(parsed, address.span))
                    }
                    Ok(_) | Err(_) => {
                        let version = if is_v4 { "4" } else { "6" };
                        let example = if is_v4 { "172.28.0.5" } else { "fd00:28::5" };
                        let text = format!("`{}` is not an IPv{version} address", address.value);
                        let problem = Diagnostic::error("bad-address", text).at(address.span, "");
                        Some(problem.help(format!("write for example `{example}`")))
                    }
                };
                self.diagnostics.extend(problem);
            }
        }
    }

    /// What is wrong with an address of a container on a network of the project.
    fn unfit(&self, network: &str, address: &Spanned<IpAddr>) -> Option<Diagnostic> {
        let declared = self.project.entry(ProjectSection::Networks, network)?;
        if declared.is_external() {
            return None;
        }
        let problem = |text: String| Diagnostic::error("bad-address", text);
        let pools: Vec<(Spanned<&str>, Subnet, Option<&str>)> = pools(declared)
            .filter_map(|pool| {
                let written = pool.spanned_text("subnet")?;
                let subnet = Subnet::parse(written.value)?;
                Some((written, subnet, pool.text_of("gateway")))
            })
            .filter(|(_, subnet, _)| subnet.address.is_ipv4() == address.value.is_ipv4())
            .collect();
        let Some((first, ..)) = pools.first() else {
            let example = subnet_of(address.value);
            return Some(
                problem(format!("the network `{network}` has no subnet to take an address of"))
                    .at(address.span, "an engine takes addresses only of a subnet that the file declares")
                    .help(format!("give it one: `{network}: {{ipam: {{config: [{{subnet: {example}}}]}}}}`")),
            );
        };
        let Some((written, subnet, gateway)) =
            pools.iter().find(|(_, subnet, _)| subnet.contains(address.value))
        else {
            return Some(
                problem(format!("`{}` is in no subnet of the network `{network}`", address.value))
                    .at(address.span, "outside of it")
                    .also(first.span, "the subnet")
                    .help(format!("write an address of `{}`, or another subnet", first.value)),
            );
        };
        let whose = if gateway.is_some_and(|gateway| gateway.parse() == Ok(address.value)) {
            "the gateway's"
        } else if subnet.has_reserved(address.value) {
            "the first or the last of its subnet"
        } else {
            return None;
        };
        Some(
            problem(format!("the address `{}` is {whose}", address.value))
                .at(address.span, "no container can have it")
                .also(written.span, "the subnet")
                .help(format!("write another address of `{}`", written.value)),
        )
    }

    /// Tells addresses that two containers would have on one network. On several ships each has a network of its own, and
    /// a Swarm takes no addresses.
    pub(super) fn tell_shared_addresses(&mut self) {
        let all: Vec<ShipId> = (0..self.ships.len()).map(ShipId).collect();
        if all.len() > 1 || self.swarm_of(&all).is_some() {
            return;
        }
        let mut known: HashMap<(&str, IpAddr), Span> = HashMap::new();
        for service in self.project.services() {
            let several = service.written_replicas().filter(|count| *count > 1);
            for (network, attachment) in service.element.entries("networks") {
                for key in ["ipv4_address", "ipv6_address"] {
                    let Some(address) = attachment.spanned_text(key) else { continue };
                    let Ok(parsed) = address.value.parse::<IpAddr>() else { continue };
                    let other = known.insert((network.value, parsed), address.span);
                    let counted = several.and_then(|_| Some(service.replicas_place()?.1.span));
                    let Some(also) = other.or(counted) else { continue };
                    let help = if other.is_some() {
                        "write another address, or leave it out: names find the containers"
                    } else {
                        "leave it out: names find the containers"
                    };
                    let text =
                        format!("two containers would have the address `{parsed}` of `{}`", network.value);
                    self.diagnostics.push(
                        Diagnostic::error("address-conflict", text)
                            .at(address.span, "only one can have it")
                            .also(also, if other.is_some() { "the other one" } else { "several containers" })
                            .help(help),
                    );
                }
            }
        }
    }
}

/// A subnet with that address, as people write them.
fn subnet_of(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("{}/24", Ipv4Addr::from_bits(address.to_bits() & !0xff)),
        IpAddr::V6(address) => {
            format!("\"{}/64\"", Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
    }
}
