//! Keys of a ship.

use super::{Key, key, obsolete};

/// Keys of a ship.
pub const SHIP: &[Key] = &[
    key("ip", "address or host name", "Address at which other machines reach published ports.").like("10.0.0.5"),
    key("endpoint", "address or host name", "Address of its engine, if not `ip`.").or("`ip`").like("engine.example.com"),
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
        "Address of its engine, in the form of `DOCKER_HOST`: `ssh://user@host:port/path/to/socket`; everything but the host is optional.",
    ).like("ssh://deploy@10.0.0.5"),
    key(
        "context",
        "name",
        "Docker context that names its engine, with its certificates; `docker context ls` lists them.",
    ).like("default"),
    key(
        "ssh_tunnel",
        "mapping",
        "Connects to its engine through SSH, with one login. Host keys must be known; SSH never prompts.",
    ).or("none").like("{user: deploy, port: 2222}"),
    key("tls", "true or false", "Connects to its engine through TLS.").or("false").like("true"),
    key(
        "tls_verify",
        "true or false",
        "Whether to verify the engine's certificate. `true` enables TLS like `tls: true`.",
    ).or("true").like("false"),
    key(
        "tls_ca_cert",
        "path",
        "CA certificate for the engine's certificate. Default: the CAs that this machine trusts.",
    ).or("the system's").like("ca.pem"),
    key("tls_cert", "path", "Client certificate; `tls_key` is its key.").or("none").like("client.pem"),
    key("tls_key", "path", "Key of the client certificate, without a passphrase.").or("none").like("client-key.pem"),
    key("timeout", "seconds", "Maximum time of one call to its engine.").or("30").like("5"),
    key(
        "api_version",
        "version, or `auto`",
        "Engine API version. By default, and with `auto`, it is negotiated.",
    ).or("negotiated").like(r#""1.44""#),
    key("labels", "mapping", "Names and values by which `ships` of a service selects it.").or("none").like("{role: web}"),
    key("drain", "true or false", "Empties it: instances of services with several ships move to the others. Instances whose ship the file names stay, and those with data stay unless they are moved with `volume move` or `--move`.").or("`false`").like("true"),
    key("swarm", "true or false", "Whether it is a Docker Swarm, and its address that of a manager (`managers` names several): services of a Compose file that are placed there become services of the Swarm.").or("`false`").like("true"),
    key(
        "managers",
        "list of addresses",
        "Addresses of the managers of a Swarm, in the forms of `host`, in place of it: the first that answers as a manager is asked. Needs `swarm: true`.",
    ).or("`host` alone").like("[ssh://deploy@10.0.0.5, ssh://deploy@10.0.0.6]"),
    key("image_source", "word", "Where its images come from, for services that do not say it: `registry`, `carry` or `auto`.").or("`auto`").like("carry"),
    obsolete("ssh_timeout", "seconds", "An SSH login, which `timeout` limits today.").like("5"),
    obsolete("ssl_version", "text", "Version of TLS; always negotiated today.").or("negotiated").like("TLSv1_2"),
];

/// Keys of `ssh_tunnel`.
pub const SSH_TUNNEL: &[Key] = &[
    key("user", "text", "The user to log in as.").like("deploy"),
    key("key", "path", "Private key. Default: the keys that `ssh` finds.")
        .or("ssh's own")
        .like("client-key.pem"),
    key("port", "port", "TCP port of the SSH server. Default: from `~/.ssh/config`, or 22.")
        .or("22")
        .like("2222"),
];
