//! What `port-forward` takes.

use std::net::IpAddr;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::names;

#[derive(Debug, Args)]
pub(in crate::cli) struct PortForwardArgs {
    /// Instance, or a service that has one
    #[arg(value_name = "INSTANCE", add = ArgValueCompleter::new(names::things))]
    pub instance: String,
    /// Ports of the container, each after a port of this machine if that is another: `5432`, `15432:5432`, `0:80` for any
    /// that is free
    #[arg(value_name = "[LOCAL:]PORT", required = true, value_parser = pair)]
    pub ports: Vec<PortPair>,
    /// The address of this machine that listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub address: IpAddr,
}

/// A port of this machine, and the port of a container that it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct PortPair {
    pub local: u16,
    pub inside: u16,
}

fn pair(text: &str) -> Result<PortPair, String> {
    let wrong = || "expected a port, or two: `5432`, `15432:5432`".to_owned();
    let (local, inside) = text.split_once(':').unwrap_or((text, text));
    let inside: u16 = inside.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
    Ok(PortPair { local: local.parse().map_err(|_| wrong())?, inside })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_may_have_another_on_this_machine() {
        assert_eq!(pair("80"), Ok(PortPair { local: 80, inside: 80 }));
        assert_eq!(pair("0:80"), Ok(PortPair { local: 0, inside: 80 }));
        for wrong in ["", "0", "80:0", "80:", "x:80", "1:2:3", "70000"] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
