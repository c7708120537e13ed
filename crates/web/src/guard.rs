//! Who may ask: every request passes here first.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Mutex, MutexGuard, PoisonError},
};

use axum::http::{
    HeaderMap, Method,
    header::{HOST, ORIGIN},
};

use super::{cookie, secret::Secret};

/// The header in which the page sends the token of its actions.
pub(crate) const TOKEN_HEADER: &str = "x-maestro-token";

/// The names under which the page is asked for.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Other names of this machine.
    pub names: Vec<String>,
    /// Whether the connection is encrypted.
    pub is_tls: bool,
}

impl Hosts {
    /// Whether a `Host` header names this server. A name that leads here although it is not listed is another site's that
    /// tries to reach this server through a browser (DNS rebinding); numbers cannot be rebound.
    fn has(&self, host: &str) -> bool {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (name, port.parse().ok())
            }
            Some(_) | None => (host, Some(if self.is_tls { 443 } else { 80 })),
        };
        if port != Some(self.address.port()) {
            return false;
        }
        let number = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match number {
            Ok(number) => {
                number == self.address.ip()
                    || (self.address.ip().is_unspecified() || self.address.ip().is_loopback())
                        && (number.is_loopback() || self.address.ip().is_unspecified())
            }
            Err(_) => {
                let is_here = self.address.ip().is_loopback() || self.address.ip().is_unspecified();
                (is_here && name.eq_ignore_ascii_case("localhost"))
                    || self.names.iter().any(|known| known.eq_ignore_ascii_case(name))
            }
        }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It names another host.
    Host,
    /// It has no cookie, or a wrong one.
    Cookie,
    /// It comes from another site's page, or does not say from where.
    Origin,
    /// It has no token, or a wrong one.
    Token,
    /// The page is read-only.
    ReadOnly,
}

/// Keeps the tokens.
pub struct AccessGuard {
    hosts: Hosts,
    is_read_only: bool,
    /// What the cookie has to hold.
    cookie: Secret,
    /// What each action has to bring.
    token: Secret,
    /// What opens the page once.
    entry: Mutex<Secret>,
}

impl AccessGuard {
    /// New tokens; none if the system has no random numbers.
    #[must_use]
    pub fn new(hosts: Hosts, is_read_only: bool) -> Option<Self> {
        let entry = Mutex::new(Secret::new()?);
        Some(Self { hosts, is_read_only, cookie: Secret::new()?, token: Secret::new()?, entry })
    }

    /// The token that opens the page in one browser.
    #[must_use]
    pub fn entry(&self) -> String {
        self.entry_now().text().to_owned()
    }

    fn entry_now(&self) -> MutexGuard<'_, Secret> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the token of an address. If it is the right one, it is void from now on: the `Set-Cookie` header for the browser,
    /// and the token for the next one.
    pub(crate) fn enter(&self, token: &str) -> Option<(String, String)> {
        let mut entry = self.entry_now();
        if !entry.is(token) {
            return None;
        }
        *entry = Secret::new()?;
        let cookie = cookie::set(&self.cookie_name(), self.cookie.text(), self.hosts.is_tls);
        Some((cookie, entry.text().to_owned()))
    }

    /// Cookies know no ports: another page on this machine has another name.
    fn cookie_name(&self) -> String {
        format!("maestro-{}", self.hosts.address.port())
    }

    /// The token that the page sends with each action; none if it has none.
    pub(crate) fn token(&self) -> Option<&str> {
        (!self.is_read_only).then(|| self.token.text())
    }

    /// Refuses requests that name another host: before anything else is looked at.
    pub(crate) fn check_host(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let mut hosts = headers.get_all(HOST).into_iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let is_known = host.is_some_and(|host| self.hosts.has(host)) && hosts.next().is_none();
        if is_known { Ok(()) } else { Err(Refused::Host) }
    }

    /// Refuses requests without the cookie, and actions of other pages.
    pub(crate) fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), Refused> {
        self.check_host(headers)?;
        let name = self.cookie_name();
        if !cookie::values(headers, &name).any(|value| self.cookie.is(value)) {
            return Err(Refused::Cookie);
        }
        if method == Method::GET || method == Method::HEAD {
            return Ok(());
        }
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let scheme = if self.hosts.is_tls { "https" } else { "http" };
        let own = headers.get(HOST).and_then(|host| host.to_str().ok());
        let own = own.map(|host| format!("{scheme}://{host}"));
        if own.is_none() || headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) != own.as_deref() {
            return Err(Refused::Origin);
        }
        if !text(TOKEN_HEADER).is_some_and(|token| self.token.is(token)) {
            return Err(Refused::Token);
        }
        if self.is_read_only { Err(Refused::ReadOnly) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(address: &str, names: &[&str]) -> Hosts {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Hosts { address: address.parse().unwrap(), names, is_tls: false }
    }

    #[test]
    fn only_this_server_is_named() {
        let local = hosts("127.0.0.1:8080", &[]);
        for good in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            assert!(local.has(good), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1",
            "127.0.0.1:80",
            "evil.example:8080",
            "localhost.evil.example:8080",
            "10.0.0.1:8080",
            "127.0.0.1:8080:8080",
            "localhost:",
            "user@localhost:8080",
            "localhost:+8080",
        ] {
            assert!(!local.has(bad), "{bad}");
        }
        let everywhere = hosts("0.0.0.0:8080", &["ship.example"]);
        assert!(everywhere.has("10.0.0.1:8080") && everywhere.has("Ship.Example:8080"));
        assert!(!everywhere.has("evil.example:8080"));
        let one = hosts("10.0.0.1:80", &[]);
        assert!(one.has("10.0.0.1") && one.has("10.0.0.1:80"));
        assert!(!one.has("localhost") && !one.has("127.0.0.1") && !one.has("10.0.0.2"));
    }

    #[test]
    fn the_token_of_the_address_is_good_once() {
        let guard = AccessGuard::new(hosts("127.0.0.1:8080", &[]), false).unwrap();
        let first = guard.entry();
        assert!(guard.enter("").is_none() && guard.enter("0".repeat(64).as_str()).is_none());
        let (cookie, next) = guard.enter(&first).unwrap();
        assert!(
            cookie.starts_with("maestro-8080=") && cookie.contains("; HttpOnly; SameSite=Strict"),
            "{cookie}"
        );
        assert!(guard.enter(&first).is_none());
        assert!(next == guard.entry() && guard.enter(&next).is_some());
    }
}
