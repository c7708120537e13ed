//! Addresses and names of hosts.

use std::net::IpAddr;

use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help},
    source::Spanned,
};

/// Says so if what should be an address or a host name is none.
pub(super) fn check_host(host: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._:%".contains(c);
    let is_address = host.value.parse::<IpAddr>().is_ok();
    // No host name ends with a number: such a name is an address with a slip in it.
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let bad = host.value.is_empty()
        || (host.value.rsplit('.').next().is_some_and(is_number) && host.value.contains('.') && !is_address)
        || host.value.starts_with('-')
        || !host.value.chars().all(allowed)
        || (host.value.contains(':') && !is_address);
    if !bad {
        return;
    }
    let help = match host.value.rsplit_once(':') {
        _ if let Some(address) = with_scheme(&host.value) => {
            format!("write `host: {address}` in its place").into()
        }
        _ if host.value.contains("://") => Help::from(format!("write `host: {}` instead", host.value)),
        Some((name, port)) if !name.contains(':') && port.parse::<u16>().is_ok() => {
            let help = format!("write `ip: {name}, docker_port: {port}`, the port as a key of its own");
            Help::from(help).replace(host.span, name)
        }
        None if host.value.split('.').all(is_number) => {
            "an address has four numbers, each up to 255: write for example `10.0.0.1`".into()
        }
        _ if host.value.split_once('@').is_some_and(|(user, name)| !user.is_empty() && !name.is_empty()) => {
            let (user, name) = host.value.split_once('@').unwrap_or_default();
            Help::from(format!(
                "write `ip: {name}`; `ssh_tunnel: {{user: {user}}}` beside it logs in over SSH"
            ))
            .replace(host.span, name)
        }
        _ => "write `ip: 10.0.0.1`, or a host name such as `node1.example.com`".into(),
    };
    diagnostics.push(
        Diagnostic::error("bad-host", format!("`{}` is neither an address nor a host name", host.value))
            .at(host.span, "expected an address or a host name, nothing else")
            .help(help),
    );
}

/// `tcp//HOST` and `ssh:/HOST` with the `://` that is meant.
fn with_scheme(written: &str) -> Option<String> {
    let (scheme, rest) = ["tcp", "ssh", "https", "http", "unix"]
        .into_iter()
        .find_map(|scheme| Some((scheme, written.strip_prefix(scheme)?)))?;
    let address = rest.trim_start_matches([':', '/']);
    let is_slip = rest.starts_with("//") || rest.starts_with(":/") && !rest.starts_with("://");
    (is_slip && !address.is_empty()).then(|| format!("{scheme}://{address}"))
}
