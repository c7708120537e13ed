//! Words that engines take in one form only: exposed ports, hardware addresses, name servers.

use std::net::IpAddr;

use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::Spanned,
    value::expose::exposed,
};

/// Tells what is no port.
pub(crate) fn check_exposed(diagnostics: &mut Diagnostics, port: &Spanned<String>) {
    if exposed(&port.value).is_some() {
        return;
    }
    diagnostics.push(
        Diagnostic::error("bad-port", format!("`{}` is not a port", port.value))
            .at(port.span, "expected a port or a range inside the container, without one of the ship")
            .help("write for example `expose: [\"8080\", \"53/udp\"]`; `ports` publishes"),
    );
}

/// Tells what is no hardware address.
pub(crate) fn check_mac_address(diagnostics: &mut Diagnostics, address: &Spanned<String>) {
    let parts: Vec<&str> = address.value.split([':', '-']).collect();
    let is_byte = |part: &&str| part.len() == 2 && u8::from_str_radix(part, 16).is_ok();
    if parts.len() == 6 && parts.iter().all(is_byte) {
        return;
    }
    diagnostics.push(
        Diagnostic::error("bad-address", format!("`{}` is not a hardware address", address.value))
            .at(address.span, "expected six bytes in hexadecimal digits")
            .help("write for example `mac_address: \"02:42:ac:11:00:05\"`"),
    );
}

/// Tells a name server that is no address.
pub(crate) fn check_name_server(diagnostics: &mut Diagnostics, server: &Spanned<String>) {
    if server.value.parse::<IpAddr>().is_ok() {
        return;
    }
    let text = format!("`{}` is not an IP address", server.value);
    let diagnostic =
        Diagnostic::error("bad-address", text).at(server.span, "a name server is known by its address");
    diagnostics.push(diagnostic.help("write its IP address, for example `dns: 10.0.0.53`"));
}
