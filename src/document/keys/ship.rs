//! Keys of a ship.

use super::{Key, key, not_yet, obsolete};

/// Keys of a ship.
pub const SHIP: &[Key] = &[
    key("ip", "address or host name", "Where other machines reach what the ship publishes."),
    key("endpoint", "address or host name", "Where its engine answers, if that is not `ip`."),
    key("docker_port", "port", "TCP port of its engine."),
    key("socket_path", "path", "Unix socket of its engine, on this machine."),
    key("host", "`unix://…` or `tcp://…`", "Where its engine answers, as `DOCKER_HOST` writes it."),
    key("timeout", "seconds", "How long one call to its engine may take."),
    key("api_version", "version", "Engine API version to speak; otherwise it is negotiated."),
    not_yet("context", "name", "Docker context that names its engine."),
    not_yet("ssh_tunnel", "mapping", "Reaches its engine through SSH."),
    not_yet("tls", "true or false", "Reaches its engine through TLS."),
    not_yet("tls_verify", "true or false", "Whether the engine's certificate is checked."),
    not_yet("tls_ca_cert", "path", "Certificate of the authority that signed the engine's."),
    not_yet("tls_cert", "path", "Client certificate."),
    not_yet("tls_key", "path", "Key of the client certificate."),
    obsolete("ssl_version", "text", "Version of TLS; always negotiated today."),
];
