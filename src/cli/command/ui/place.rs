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
        let address = format!("http://{address}/?token={token}");
        let mut out = io::stdout().lock();
        if self.is_json {
            writeln!(out, "{}", report::line(&json!({ "version": 1, "address": address }))?)?;
        } else {
            writeln!(out, "{}", harmless(&address))?;
        }
        Ok(out.flush()?)
    }
}
