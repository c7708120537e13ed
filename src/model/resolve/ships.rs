//! Ships: where each engine answers.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use crate::{
    diagnostic::{Diagnostic, Diagnostics},
    document::{file::Document, ship::ShipSection},
    model::{Endpoint, Ship},
    source::Spanned,
    value::is_loopback,
};

/// How long one call to an engine may take, if the file does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// The port on which engines answer without TLS.
const DEFAULT_PORT: u16 = 2375;

pub(super) fn resolve(document: &Document, diagnostics: &mut Diagnostics) -> Vec<Ship> {
    let sections = document.ships.as_deref().unwrap_or_default();
    if sections.is_empty() {
        return vec![Ship {
            name: "local".to_owned(),
            address: "localhost".to_owned(),
            endpoint: Endpoint::Local,
            timeout: DEFAULT_TIMEOUT,
            api_version: None,
            span: None,
        }];
    }
    sections.iter().map(|section| ship(section, diagnostics)).collect()
}

fn ship(section: &ShipSection, diagnostics: &mut Diagnostics) -> Ship {
    let endpoint = endpoint(section, diagnostics);
    let address = match (&section.ip, &endpoint) {
        (Some(ip), _) => ip.value.clone(),
        (None, Endpoint::Tcp { host, .. }) => host.clone(),
        (None, Endpoint::Unix(_) | Endpoint::Local) => "localhost".to_owned(),
    };
    let api_version = section.api_version.as_ref().and_then(|written| {
        let version = written.value.parse().ok();
        if version.is_none() {
            diagnostics.push(
                Diagnostic::error(
                    "bad-version",
                    format!("`{}` is not a version of the engine's API", written.value),
                )
                .at(written.span, "expected two numbers with a point between them")
                .help("leave it out and it is negotiated, or write for example `api_version: \"1.41\"`"),
            );
        }
        version
    });
    Ship {
        name: section.name.value.clone(),
        address,
        endpoint,
        timeout: section.timeout.filter(|timeout| !timeout.is_zero()).unwrap_or(DEFAULT_TIMEOUT),
        api_version,
        span: Some(section.name.span),
    }
}

fn endpoint(section: &ShipSection, diagnostics: &mut Diagnostics) -> Endpoint {
    if let Some(host) = &section.host {
        return match parse_host(&host.value) {
            Ok(endpoint) => endpoint,
            Err(why) => {
                diagnostics.push(
                    Diagnostic::error(
                        "bad-host",
                        format!("`{}` does not say where an engine answers", host.value),
                    )
                    .at(host.span, why)
                    .help("write `unix:///var/run/docker.sock` or `tcp://10.0.0.1:2375`"),
                );
                Endpoint::Local
            }
        };
    }
    if let Some(path) = &section.socket_path {
        return Endpoint::Unix(PathBuf::from(&path.value));
    }
    let Some(host) = section.endpoint.as_ref().or(section.ip.as_ref()) else {
        let name = &section.name;
        if section.addressed {
            return Endpoint::Local;
        }
        diagnostics.push(
            Diagnostic::error("missing-key", format!("ship `{}` does not say where it is", name.value))
                .at(name.span, "no `ip` here")
                .help("add `ip:` and its address or host name, or `host: unix:///var/run/docker.sock` for this machine"),
        );
        return Endpoint::Local;
    };
    check_host(host, diagnostics);
    let port = section.docker_port.as_ref().map_or(DEFAULT_PORT, |port| port.value);
    Endpoint::Tcp { host: host.value.clone(), port }
}

fn check_host(host: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:%".contains(c);
    let is_address = host.value.parse::<IpAddr>().is_ok();
    let bad = host.value.is_empty()
        || !host.value.chars().all(allowed)
        || (host.value.contains(':') && !is_address);
    if !bad {
        return;
    }
    let help = match host.value.rsplit_once(':') {
        _ if host.value.contains("://") => format!("write `host: {}` instead", host.value),
        Some((name, port)) if !name.contains(':') && port.parse::<u16>().is_ok() => {
            format!("write `ip: {name}, docker_port: {port}`, the port as a key of its own")
        }
        _ => "write `ip: 10.0.0.1`, or a host name such as `node1.example.com`".to_owned(),
    };
    diagnostics.push(
        Diagnostic::error("bad-host", format!("`{}` is neither an address nor a host name", host.value))
            .at(host.span, "expected an address or a host name, nothing else")
            .help(help),
    );
}

fn parse_host(text: &str) -> Result<Endpoint, String> {
    match text.split_once("://") {
        Some(("unix", path)) if path.starts_with('/') => Ok(Endpoint::Unix(PathBuf::from(path))),
        Some(("unix", _)) => Err("the path must begin with `/`".to_owned()),
        Some(("tcp" | "http", rest)) => {
            let rest = rest.trim_end_matches('/');
            let (host, port) = match rest.rsplit_once(':') {
                Some((host, port)) if !port.contains(']') => {
                    (host, port.parse().map_err(|_| format!("`{port}` is not a port"))?)
                }
                _ => (rest, DEFAULT_PORT),
            };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            if host.is_empty() {
                Err("there is no host in it".to_owned())
            } else {
                Ok(Endpoint::Tcp { host: host.to_owned(), port })
            }
        }
        Some(("ssh" | "https" | "npipe", _)) => {
            Err("this version reaches engines over unix:// and tcp:// only".to_owned())
        }
        Some((other, _)) => Err(format!("`{other}://` is unknown")),
        None => Err("expected `unix://…` or `tcp://…`".to_owned()),
    }
}

/// Whoever reaches an engine's plain TCP port is root on that machine.
pub(super) fn warn_of_plain_tcp(ships: &[Ship], diagnostics: &mut Diagnostics) {
    let plain = |ship: &&Ship| matches!(&ship.endpoint, Endpoint::Tcp { host, .. } if !is_loopback(host));
    let mut spans = ships.iter().filter(plain).filter_map(|ship| Some((ship, ship.span?)));
    let Some((first, span)) = spans.next() else { return };
    let others = spans.count();
    let text = match others {
        0 => format!("ship `{}` is reached over plain TCP", first.name),
        1 => format!("ship `{}` and another are reached over plain TCP", first.name),
        n => format!("ship `{}` and {n} others are reached over plain TCP", first.name),
    };
    diagnostics.push(
        Diagnostic::warning("plain-tcp", text)
            .at(span, "neither encrypted nor checked")
            .note("whoever can reach that port is root on that machine")
            .help("let a firewall or a VPN keep all but this machine away from it"),
    );
}
