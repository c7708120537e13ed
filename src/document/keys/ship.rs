//! Keys of a ship.

use super::{Key, key, obsolete};

/// Keys of a ship.
pub const SHIP: &[Key] = &[
    key("ip", "address or host name", "Where other machines reach what the ship publishes.").like("10.0.0.5"),
    key("endpoint", "address or host name", "Where its engine answers, if that is not `ip`.").or("`ip`").like("engine.example.com"),
    key(
        "docker_port",
        "port",
        "TCP port of its engine. With `ssh_tunnel` a port of the ship's loopback address.",
    ).or("2375, with TLS 2376").like("2376"),
    key(
        "socket_path",
        "path",
        "Unix socket of its engine: on this machine, or with `ssh_tunnel` on the ship.",
    ).like("/run/docker.sock"),
    key(
        "host",
        "`ssh://…`, `tcp://…`, `https://…` or `unix://…`",
        "Where its engine answers, as `DOCKER_HOST` writes it: `ssh://user@host:port/path/to/socket`, of which all but the host may be left out.",
    ).like("ssh://deploy@10.0.0.5"),
    key(
        "context",
        "name",
        "Docker context that names its engine, with its certificates; `docker context ls` lists them.",
    ).like("default"),
    key(
        "ssh_tunnel",
        "mapping",
        "Reaches its engine through SSH: one login, whatever the number of instances. Host keys must be known, and nothing is asked for.",
    ).or("none").like("{user: deploy, port: 2222}"),
    key("tls", "true or false", "Reaches its engine through TLS.").or("false").like("true"),
    key(
        "tls_verify",
        "true or false",
        "Whether the engine's certificate is checked: always, unless this is `false`. `true` asks for TLS as `tls: true` does.",
    ).or("true").like("false"),
    key(
        "tls_ca_cert",
        "path",
        "Certificate of the authority that signed the engine's; otherwise those count that this machine trusts.",
    ).or("the system's").like("ca.pem"),
    key("tls_cert", "path", "Client certificate; `tls_key` is its key.").or("none").like("client.pem"),
    key("tls_key", "path", "Key of the client certificate, without a passphrase.").or("none").like("client-key.pem"),
    key("timeout", "seconds", "How long one call to its engine may take.").or("30").like("5"),
    key(
        "api_version",
        "version, or `auto`",
        "Engine API version to speak; otherwise, and with `auto`, it is negotiated.",
    ).or("negotiated").like(r#""1.44""#),
    obsolete("ssh_timeout", "seconds", "Nothing: it never had an effect; `timeout` bounds an SSH login too.").like("5"),
    obsolete("ssl_version", "text", "Version of TLS; always negotiated today.").or("negotiated").like("TLSv1_2"),
];

/// Keys of `ssh_tunnel`.
pub const SSH_TUNNEL: &[Key] = &[
    key("user", "text", "The user to log in as.").like("deploy"),
    key("key", "path", "Private key to log in with; otherwise those that `ssh` finds by itself.")
        .or("ssh's own")
        .like("client-key.pem"),
    key("port", "port", "TCP port of the SSH server; otherwise what `~/.ssh/config` says, or 22.")
        .or("22")
        .like("2222"),
];
