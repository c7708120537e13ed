//! Subnets of networks.

use std::net::IpAddr;

use super::ProjectResolver;
use crate::compose::{element::Element, project::ProjectSection};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Severity},
    source::{Span, Spanned},
};

impl ProjectResolver<'_, '_> {
    /// Tells subnets that are none, and networks whose subnets overlap: an engine creates only one of these.
    pub(super) fn tell_bad_subnets(&mut self) {
        let mut known: Vec<(String, Spanned<String>, Subnet)> = Vec::new();
        for (name, network) in self.project.entries(ProjectSection::Networks) {
            if network.is_external() {
                continue;
            }
            self.diagnostics.extend(pools(network).flat_map(unfit));
            for written in pools(network).filter_map(|pool| pool.spanned_text("subnet")) {
                let Some(subnet) = Subnet::parse(written.value) else {
                    bad_subnet(self.diagnostics, written.value, written.span);
                    continue;
                };
                let meets = |(other, _, has): &&(String, Spanned<String>, Subnet)| {
                    other != name && has.overlaps(&subnet)
                };
                if let Some((other, place, _)) = known.iter().find(meets) {
                    let text = format!("the subnets of the networks `{other}` and `{name}` overlap");
                    let problem = Diagnostic::error("subnet-overlap", text)
                        .at(written.span, "this one")
                        .also(place.span, "and this one")
                        .help("write another subnet, or leave it out: the engine chooses a free one");
                    // Networks of different ships are not in each other's way.
                    let severity = if self.ships.len() == 1 { Severity::Error } else { Severity::Warning };
                    self.diagnostics.push(Diagnostic { severity, ..problem });
                }
                known.push((name.to_owned(), Spanned::new(written.value.to_owned(), written.span), subnet));
            }
        }
    }
}

/// The subnets of a network, each with its gateway and range.
pub(super) fn pools(network: &Element) -> impl Iterator<Item = &Element> {
    network.get("ipam").into_iter().flat_map(|ipam| ipam.each("config"))
}

/// The addresses that begin with the same bits.
pub(super) struct Subnet {
    pub address: IpAddr,
    length: u32,
}

impl Subnet {
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, length): (IpAddr, u32) = (address.parse().ok()?, length.parse().ok()?);
        (length <= bits(address).1).then_some(Self { address, length })
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && (self.contains(other.address) || other.contains(self.address))
    }

    /// Whether the address stands for the subnet, or for all its addresses. Those of IPv6 have none for all.
    pub fn has_reserved(&self, other: IpAddr) -> bool {
        let (own, width) = bits(self.address);
        let rest = 1_u128.checked_shl(width - self.length).map_or(u128::MAX, |size| size - 1);
        let is_last = width == 32 && bits(other).0 == own | rest;
        // A subnet of two addresses or one has none to spare.
        rest > 1 && (bits(other).0 == own & !rest || is_last)
    }

    pub fn contains(&self, other: IpAddr) -> bool {
        let ((own, width), (other, _)) = (bits(self.address), bits(other));
        // A shift by all bits is none.
        let shift = width - self.length;
        own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
    }
}

/// What is wrong with the addresses of a pool beside its subnet: a gateway, a range, addresses of others.
fn unfit(pool: &Element) -> Vec<Diagnostic> {
    let mut addresses: Vec<(Spanned<&str>, &str)> = Vec::new();
    addresses.extend(pool.spanned_text("gateway").map(|gateway| (gateway, "gateway")));
    addresses.extend(pool.spanned_text("ip_range").map(|range| (range, "ip_range")));
    let others = pool.spanned_pairs("aux_addresses").filter_map(|(_, address)| address);
    addresses.extend(others.map(|address| (address, "aux_addresses")));
    let addresses = addresses.into_iter().filter(|(address, _)| !address.value.is_empty());
    let written = pool.spanned_text("subnet").filter(|subnet| !subnet.value.is_empty());
    let Some(written) = written else {
        let without = |(address, key): (Spanned<&str>, &str)| {
            Diagnostic::error("bad-subnet", format!("`{key}` needs a `subnet`"))
                .at(address.span, "in which subnet?")
                .help("write one beside it, for example `subnet: 172.28.0.0/16`")
        };
        return addresses.map(without).collect();
    };
    let Some(subnet) = Subnet::parse(written.value) else { return Vec::new() };
    let outside = |(address, key): (Spanned<&str>, &str)| {
        let (first, wanted) = if key == "ip_range" {
            (Subnet::parse(address.value).map(|range| range.address), "a subnet")
        } else {
            (address.value.parse().ok(), "an address")
        };
        if first.is_some_and(|first: IpAddr| {
            first.is_ipv4() == subnet.address.is_ipv4() && subnet.contains(first)
        }) {
            return None;
        }
        let text = format!("`{}` is not in the subnet `{}`", address.value, written.value);
        Some(
            Diagnostic::error("bad-address", text)
                .at(address.span, format!("expected {wanted} in it"))
                .also(written.span, "the subnet")
                .help(format!("write {wanted} in `{}`, or leave `{key}` out", written.value)),
        )
    };
    addresses.filter_map(outside).collect()
}

/// The bits of an address, and how many there are.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (address.to_bits().into(), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

fn bad_subnet(diagnostics: &mut Diagnostics, subnet: &str, span: Span) {
    let help = match subnet.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => format!("write its length after it: `{subnet}/24`"),
        Ok(IpAddr::V6(_)) => format!("write its length after it: `{subnet}/64`"),
        Err(_) => "write for example `172.28.0.0/16`".to_owned(),
    };
    diagnostics.push(
        Diagnostic::error("bad-subnet", format!("`{subnet}` is not a subnet"))
            .at(span, "expected `ADDRESS/LENGTH`")
            .help(help),
    );
}
