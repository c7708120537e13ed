//! Where the page is, as it is told.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
};

use serde_json::json;

use crate::cli::error::Problem;
use maestro_report::{json as report, text::harmless};

/// Where the page is.
pub(super) struct Place {
    pub address: SocketAddr,
    /// The name that browsers use, if they have one for it.
    pub host: Option<String>,
    pub is_tls: bool,
    pub is_json: bool,
}

impl Place {
    /// Prints the address that opens the page in one browser.
    pub(super) fn tell(&self, token: &str) -> Result<(), Problem> {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            });
        }
        let scheme = if self.is_tls { "https" } else { "http" };
        let authority = match &self.host {
            Some(host) => format!("{host}:{}", address.port()),
            None => address.to_string(),
        };
        let address = format!("{scheme}://{authority}/?token={token}");
        let mut out = io::stdout().lock();
        if self.is_json {
            writeln!(out, "{}", report::line(&json!({ "version": 1, "address": address }))?)?;
        } else {
            writeln!(out, "{}", harmless(&address))?;
        }
        Ok(out.flush()?)
    }
}
