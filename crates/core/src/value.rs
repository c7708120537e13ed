//! Plain values that mean the same in a file and to an engine, and need nothing else to be understood.

pub mod audit;
pub mod check;
mod device;
pub mod duration;
pub mod expose;
pub mod file;
pub mod hook;
pub mod image_source;
pub mod on_unhealthy;
pub mod platform;
pub mod pull;
pub mod secret;
pub mod setting;
pub mod sha256;
pub mod shell;
pub mod update;
pub mod variables;

use std::{borrow::Cow, net::IpAddr};

use serde::{Deserialize, Serialize};

/// `text`, or if it has more characters than that, so many of them and `…`.
#[must_use]
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((cut, _)) => Cow::Owned(format!("{}…", &text[..cut])),
        None => Cow::Borrowed(text),
    }
}

/// A transport protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP
    Tcp,
    /// UDP
    Udp,
    /// SCTP
    Sctp,
}

impl Protocol {
    /// What follows the number of a port in Docker's words: nothing for TCP.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Tcp => "",
            Self::Udp => "/udp",
            Self::Sctp => "/sctp",
        }
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        })
    }
}

/// A named port of an instance: one port or a range, published on the ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its name in the file.
    pub name: String,
    /// First port inside the container.
    pub container: u16,
    /// First port on the ship.
    pub host: u16,
    /// How many ports: 1, or the length of the range.
    pub count: u16,
    /// How many ports of the ship, from `host` on, the engine may choose from for the one inside: 1 where `host` is meant.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub choice: u16,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The ship's address that it is bound to; none means all IPv4 addresses.
    pub bind: Option<IpAddr>,
    /// Whether it is on all IPv6 addresses as well, where `bind` names none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ipv6: bool,
}

impl Port {
    /// Whether the engine chooses the port of the ship.
    #[must_use]
    pub fn is_chosen_by_engine(&self) -> bool {
        self.host == 0 || self.choice > 1
    }

    /// Whether both take a port of the same ship. Two addresses of a ship are two ports.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let last = |port: &Self| u32::from(port.host) + u32::from(port.count.max(1)) - 1;
        let is_apart = last(self) < u32::from(other.host) || last(other) < u32::from(self.host);
        let same_address = self.bind.is_none() || other.bind.is_none() || self.bind == other.bind;
        self.protocol == other.protocol && same_address && !is_apart
    }

    /// The port or the range on the ship, as it is written.
    #[must_use]
    pub fn on_ship(&self) -> String {
        range(self.host, self.count.max(self.choice))
    }

    /// The port or the range inside.
    #[must_use]
    pub fn inside(&self) -> String {
        range(self.container, self.count)
    }
}

fn range(first: u16, count: u16) -> String {
    if count <= 1 {
        return first.to_string();
    }
    format!("{first}-{}", u32::from(first) + u32::from(count) - 1)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_one(number: &u16) -> bool {
    *number == 1
}

fn one() -> u16 {
    1
}

/// When the engine starts a container again by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartPolicy {
    /// `no`, `always`, `on-failure` or `unless-stopped`.
    pub name: String,
    /// How often, for `on-failure`.
    pub retries: u32,
}

/// A limit on a resource of the processes in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ulimit {
    /// Its name, for example `nofile`.
    pub name: String,
    /// Soft limit.
    pub soft: i64,
    /// Hard limit.
    pub hard: i64,
}

/// Whether a host name or address is that of the machine itself.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}
