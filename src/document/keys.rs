//! The keys that each section of a file knows. Unknown keys are found, named and corrected by these tables, and the
//! reference is written from them.

use crate::diagnostic::nearest;

/// One key of a section.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value looks like.
    pub value: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// How far this version carries it.
    pub support: Support,
}

/// How far a key is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It does what it says.
    Carried,
    /// Known from `MaestroNG`, but not carried yet: its use is an error, never silence.
    NotYet,
    /// Known, but not needed for what this version does: its use is a warning.
    Unused,
    /// Has no effect on today's engines: its use is a warning.
    Obsolete,
}

const fn key(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { name, value, about, support: Support::Carried }
}

const fn not_yet(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { name, value, about, support: Support::NotYet }
}

const fn unused(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { name, value, about, support: Support::Unused }
}

const fn obsolete(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { name, value, about, support: Support::Obsolete }
}

/// Keys of the file itself.
pub const TOP: &[Key] = &[
    key("__maestro", "mapping", "Header; `schema: 1` or `schema: 2` says how `volumes` are read."),
    key("name", "text", "The environment's name."),
    key("ships", "mapping of ships", "The hosts. Without it there is one ship, `local`: the local engine."),
    key("ship_defaults", "mapping", "Keys that hold for every ship that does not set them itself."),
    key("services", "mapping of services", "The services."),
    unused("registries", "mapping", "Credentials for image registries."),
    unused("audit", "list", "Where to report what was done."),
    not_yet("ship_provider", "text", "Where the ships come from; only `static` was ever there."),
];

/// Keys of the header `__maestro`.
pub const HEADER: &[Key] = &[key("schema", "1 or 2", "Version of the file's format; 1 if it is not given.")];

/// Keys of a ship.
pub const SHIP: &[Key] = &[
    key("ip", "address or host name", "Where other machines reach what the ship publishes."),
    key("endpoint", "address or host name", "Where its engine answers, if that is not `ip`."),
    key("docker_port", "port", "TCP port of its engine; 2375 if it is not given."),
    key("socket_path", "path", "Unix socket of its engine, on this machine."),
    key("host", "`unix://…` or `tcp://…`", "Where its engine answers, as `DOCKER_HOST` writes it."),
    key("timeout", "seconds", "How long one call to its engine may take; 30 if it is not given."),
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

/// Keys that only a service has.
pub const SERVICE_ONLY: &[Key] = &[
    key("instances", "mapping of instances", "The service's instances, by name."),
    key("omit", "true or false", "Leaves the service out of commands that name nothing."),
];

/// Keys of an instance; on a service they hold for all its instances.
pub const INSTANCE: &[Key] = &[
    key("ship", "name of a ship", "The ship that it runs on; not needed if there is only one."),
    key("image", "image reference", "The image that its container is made from."),
    key("command", "text or list", "Command to run instead of the image's own."),
    key("cmd", "text or list", "Older name of `command`."),
    key("ports", "mapping of ports", "Named ports that are published on the ship."),
    key("volumes", "mapping", "Directories of the ship that are seen inside."),
    key("container_volumes", "path or list", "Paths inside that get a volume of their own."),
    key("volumes_from", "instance or list", "Instances whose volumes are mounted too."),
    key("env", "mapping", "Environment variables."),
    key("envfile", "path or list", "Files with environment variables."),
    key("links", "mapping of instance to alias", "Names under which it reaches other instances."),
    key("requires", "service, instance or list", "What must be ready before it starts."),
    key("wants_info", "service or list", "Services whose addresses it gets as variables, without an order."),
    key("lifecycle", "mapping of states to checks", "Checks that tell when a state is reached."),
    key("privileged", "true or false", "Runs with all privileges."),
    key("cap_add", "text or list", "Capabilities to add."),
    key("cap_drop", "text or list", "Capabilities to drop."),
    key("extra_hosts", "mapping", "Lines for `/etc/hosts`: a name, and an address or `{ship: NAME}`."),
    key("stop_timeout", "seconds", "How long a stop may take before it is killed; 10 if it is not given."),
    key("limits", "mapping", "Limits: `cpu` (shares), `memory` and `swap` (bytes, or with k, m, g)."),
    key("log_driver", "name", "Log driver of the engine."),
    key("log_opt", "mapping", "Options of the log driver."),
    key("net", "mode", "Network mode: `host`, `none`, `bridge`, `container:NAME` or a network's name."),
    key(
        "restart",
        "policy",
        "When the engine starts it again: `no`, `always`, `on-failure:5`, `unless-stopped`.",
    ),
    key("dns", "address or list", "DNS servers."),
    key("security_opt", "text or list", "Security options."),
    key("ulimits", "mapping", "Resource limits of its processes: a number, or `{soft: …, hard: …}`."),
    key("username", "text", "User to run as."),
    key("labels", "mapping or list", "Labels of the container."),
    key("workdir", "path", "Working directory."),
    obsolete("lxc_conf", "mapping", "Options for LXC, which engines no longer have."),
];

/// Keys of a volume that is written as a mapping (schema 2).
pub const VOLUME: &[Key] = &[
    key("target", "path", "Path inside the container."),
    key("mode", "text", "`rw` or `ro`, and what else Docker allows there."),
];

/// Keys of a port that is written as a mapping.
pub const PORT: &[Key] = &[
    key("exposed", "port", "Port inside the container."),
    key("external", "port, or [address, port]", "Port on the ship, and the address that it is bound to."),
];

/// Keys of `limits`.
pub const LIMITS: &[Key] = &[
    key("cpu", "number", "Relative CPU weight."),
    key("memory", "bytes", "Memory limit."),
    key("swap", "bytes", "Memory and swap limit."),
];

/// Keys of a restart policy that is written as a mapping.
pub const RESTART: &[Key] = &[
    key("name", "policy", "`no`, `always`, `on-failure` or `unless-stopped`."),
    key("retries", "number", "How often, for `on-failure`."),
    key("maximum_retry_count", "number", "Another name of `retries`, from MaestroNG's documentation."),
];

/// Keys of a ulimit that is written as a mapping.
pub const ULIMIT: &[Key] = &[
    key("soft", "number", "Limit that the process may raise."),
    key("hard", "number", "Limit that it may not."),
];

/// Keys of `{ship: NAME}` in `extra_hosts`.
pub const EXTRA_HOST: &[Key] = &[key("ship", "name of a ship", "The ship whose address is meant.")];

/// States of `lifecycle`.
pub const LIFECYCLE: &[Key] = &[
    key("running", "list of checks", "When it counts as running."),
    not_yet("pre-start", "list of checks", "What must hold before it is started."),
    not_yet("pre-stop", "list of checks", "What must hold before it is stopped."),
    not_yet("stopped", "list of checks", "When it counts as stopped."),
];

/// Keys of a `tcp` check.
pub const TCP_CHECK: &[Key] = &[
    key("type", "`tcp`", "The kind of check."),
    key("port", "name of a port", "The published port that must accept connections."),
    key("max_wait", "seconds", "Budget of time for all tries; 180 if it is not given."),
];

/// Keys of a `sleep` check.
pub const SLEEP_CHECK: &[Key] =
    &[key("type", "`sleep`", "The kind of check."), key("wait", "seconds", "How long to wait.")];

/// Keys of other tools, and the key that does the same here.
const SYNONYMS: &[(&str, &str)] = &[
    ("depends_on", "requires"),
    ("environment", "env"),
    ("env_file", "envfile"),
    ("network_mode", "net"),
    ("networks", "net"),
    ("user", "username"),
    ("working_dir", "workdir"),
    ("stop_grace_period", "stop_timeout"),
    ("mem_limit", "limits"),
    ("memory", "limits"),
    ("cpu_shares", "limits"),
    ("healthcheck", "lifecycle"),
    ("check", "lifecycle"),
    ("host", "ship"),
    ("node", "ship"),
    ("server", "ship"),
    ("address", "ip"),
    ("hostname", "ip"),
    ("port", "docker_port"),
];

/// Sections whose keys are often written into another one.
const HOMES: &[(&[Key], &str)] = &[
    (SERVICE_ONLY, "a service"),
    (INSTANCE, "an instance or a service"),
    (SHIP, "a ship"),
    (TOP, "the file, not indented"),
    (LIMITS, "`limits`"),
];

/// What to say about an unknown key, and the free key of its section that is probably meant.
pub(super) fn unknown(name: &str, free: &[&'static str]) -> (String, Option<&'static str>) {
    if name == "container_name" && free.contains(&"image") {
        return ("leave it out: an instance's name is its container's name".to_owned(), None);
    }
    let synonym = SYNONYMS.iter().find(|(foreign, _)| *foreign == name).map(|&(_, own)| own);
    if let Some(own) = synonym.filter(|own| free.contains(own)) {
        return (format!("write `{own}`: that does it here"), Some(own));
    }
    if let Some((_, home)) = HOMES.iter().find(|(keys, _)| keys.iter().any(|key| key.name == name)) {
        return (format!("it is a key of {home}: move it there"), None);
    }
    if let Some(near) = nearest(name, free.iter().copied()) {
        return (format!("did you mean `{near}`?"), Some(near));
    }
    let mut names = free.to_vec();
    names.sort_unstable();
    (format!("the keys that could stand here are {}", names.join(", ")), None)
}
