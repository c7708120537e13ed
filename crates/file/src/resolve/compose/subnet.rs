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
            if network.get("external").is_some_and(Element::is_true) {
                continue;
            }
            let pools = network.get("ipam").into_iter().flat_map(|ipam| ipam.each("config"));
            for written in pools.filter_map(|pool| pool.spanned_text("subnet")) {
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

    pub fn contains(&self, other: IpAddr) -> bool {
        let ((own, width), (other, _)) = (bits(self.address), bits(other));
        // A shift by all bits is none.
        let shift = width - self.length;
        own.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
    }
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
