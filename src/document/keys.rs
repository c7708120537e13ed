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
    /// What holds if it is not written; empty if nothing is to be said about that.
    pub default: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// A value in YAML, as it could stand behind the key. Every example loads: `tests/docs.rs` tries it.
    pub example: &'static str,
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
    /// Has no effect on today's engines: its use is a warning.
    Obsolete,
}

impl Key {
    /// The key, with what holds if it is not written.
    const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// The key, with an example of its value.
    const fn like(self, example: &'static str) -> Self {
        Self { example, ..self }
    }
}

const fn key(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { name, value, default: "", about, example: "", support: Support::Carried }
}

const fn not_yet(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { support: Support::NotYet, ..key(name, value, about) }
}

const fn obsolete(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { support: Support::Obsolete, ..key(name, value, about) }
}

/// Keys of the file itself.
pub const TOP: &[Key] = &[
    key("__maestro", "mapping", "Header; `schema: 1` or `schema: 2` says how `volumes` are read."),
    key("name", "text", "The environment's name."),
    key("ships", "mapping of ships", "The hosts. Without it there is one ship, `local`: the local engine."),
    key("ship_defaults", "mapping", "Keys that hold for every ship that does not set them itself."),
    key("services", "mapping of services", "The services."),
    key(
        "registries",
        "mapping of registries",
        "The image registries, by name or by address: who one is there, and what is tried again. What it does not say is taken from `docker login` on this machine.",
    ),
    key("audit", "list of auditors", "Who is told of what was done."),
    not_yet("ship_provider", "text", "Where the ships come from; only `static` was ever there."),
];

/// Keys of every auditor.
pub const AUDIT: &[Key] = &[
    key("type", "`log`, `slack`, `http` or `exec`", "How it is told."),
    key(
        "level",
        "`info` or `debug`",
        "`info`, if it is not given, tells of commands; `debug` of each step as well.",
    ),
    key(
        "ignore_errors",
        "true or false",
        "Says nothing when it cannot be told; otherwise that is a warning.",
    ),
];

/// Keys of an auditor of type `log`.
pub const AUDIT_LOG: &[Key] = &[key("file", "path", "File that lines are added to.")];

/// Keys of an auditor of type `slack`.
pub const AUDIT_SLACK: &[Key] = &[
    key("channel", "text", "Channel that messages go to."),
    key("token", "text", "Token of a bot that may write there."),
    key("webhook", "address", "Incoming webhook, in place of `channel` and `token`."),
    key("name", "text", "Name that messages come from; `maestro` if it is not given."),
    key("icon", "address", "Picture beside the name."),
    key("url", "address", "Address of `chat.postMessage`, for a server that speaks as Slack does."),
];

/// Keys of an auditor of type `http`.
pub const AUDIT_HTTP: &[Key] = &[
    key("endpoint", "address", "Address that a request is sent to when a command begins."),
    key("payload", "any", "Its body as JSON; `{what}`, `{action}`, `{who}` and `{message}` are filled in."),
    key("headers", "mapping", "Headers beside `Content-Type`."),
    key("method", "`POST` or `GET`", "Its method; `POST` if it is not given."),
    key("timeout", "seconds", "How long it may take; 3 if it is not given."),
];

/// Keys of an auditor of type `exec`.
pub const AUDIT_EXEC: &[Key] = &[
    key(
        "script",
        "path",
        "Program that is run when a command has succeeded; it reads the instances as JSON.",
    ),
    key("args", "text", "Its arguments; `{what}`, `{action}`, `{who}` and `{message}` are filled in."),
];

/// Keys of the header `__maestro`.
pub const HEADER: &[Key] =
    &[key("schema", "1 or 2", "Version of the file's format: how `volumes` are read.").or("1").like("2")];

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
    key("instances", "mapping of instances", "The service's instances, by name.")
        .like("{web-1: {ship: alpha}, web-2: {ship: alpha}}"),
    key("omit", "true or false", "Leaves the service out of commands that name nothing.")
        .or("false")
        .like("true"),
];

/// Keys of an instance; on a service they hold for all its instances.
pub const INSTANCE: &[Key] = &[
    key("ship", "name of a ship", "The ship that it runs on; not needed if there is only one.")
        .or("the only ship, if there is one")
        .like("alpha"),
    key("image", "image reference", "The image that its container is made from.").like("nginx:1.27"),
    key("command", "text or list", "Command to run instead of the image's own.")
        .or("the image's")
        .like(r#"nginx -g "daemon off;""#),
    key("cmd", "text or list", "Older name of `command`.").or("the image's").like("[nginx, -g, daemon off;]"),
    key("ports", "mapping of ports", "Named ports that are published on the ship.").or("none").like(
        r#"{http: "80:8080", statsd: "8125/udp", admin: {exposed: 9000, external: [127.0.0.1, 9000]}}"#,
    ),
    key("volumes", "mapping", "Directories of the ship that are seen inside.")
        .or("none")
        .like("{/srv/web: /usr/share/nginx/html}"),
    key("container_volumes", "path or list", "Paths inside that get a volume of their own.")
        .or("none")
        .like("[/var/cache/nginx]"),
    key("volumes_from", "instance or list", "Instances whose volumes are mounted too.")
        .or("none")
        .like("data-1"),
    key("env", "mapping", "Environment variables.").or("none").like("{LOG_LEVEL: info, PATHS: [/a, /b]}"),
    key("envfile", "path or list", "Files with environment variables.").or("none").like("web.env"),
    key("links", "mapping of instance to alias", "Names under which it reaches other instances.")
        .or("none")
        .like("{db-1: database}"),
    key("requires", "service, instance or list", "What must be ready before it starts.")
        .or("none")
        .like("[db]"),
    key("wants_info", "service or list", "Services whose addresses it gets as variables, without an order.")
        .or("none")
        .like("[db]"),
    key("lifecycle", "mapping of states to checks", "Checks that tell when a state is reached.")
        .or("none")
        .like("{running: [{type: tcp, port: http}]}"),
    key("privileged", "true or false", "Runs with all privileges.").or("false").like("true"),
    key("cap_add", "text or list", "Capabilities to add.").or("none").like("[NET_ADMIN]"),
    key("cap_drop", "text or list", "Capabilities to drop.").or("none").like("[MKNOD, CHOWN]"),
    key("extra_hosts", "mapping", "Lines for `/etc/hosts`: a name, and an address or `{ship: NAME}`.")
        .or("none")
        .like("{gateway: 10.0.0.1, neighbour: {ship: alpha}}"),
    key("stop_timeout", "seconds", "How long a stop may take before it is killed.").or("10").like("30"),
    key("limits", "mapping", "Limits: `cpu` (shares), `memory` and `swap` (bytes, or with k, m, g).")
        .or("none")
        .like("{cpu: 512, memory: 512m}"),
    key("log_driver", "name", "Log driver of the engine.").or("the engine's").like("syslog"),
    key("log_opt", "mapping", "Options of the log driver.")
        .or("none")
        .like(r#"{syslog-address: "tcp://10.0.0.9:514"}"#),
    key("net", "mode", "Network mode: `host`, `none`, `bridge`, `container:NAME` or a network's name.")
        .or("the environment's own network")
        .like("host"),
    key(
        "restart",
        "policy",
        "When the engine starts it again: `no`, `always`, `on-failure:5`, `unless-stopped`.",
    )
    .or("`no`")
    .like("{name: on-failure, retries: 3}"),
    key("dns", "address or list", "DNS servers.").or("the engine's").like("[10.0.0.53, 10.0.0.54]"),
    key("security_opt", "text or list", "Security options.").or("none").like("[no-new-privileges]"),
    key("ulimits", "mapping", "Resource limits of its processes: a number, or `{soft: …, hard: …}`.")
        .or("the engine's")
        .like("{nofile: {soft: 1024, hard: 65536}, nproc: 512}"),
    key("username", "text", "User to run as.").or("the image's").like(r#""1000:1000""#),
    key("labels", "mapping or list", "Labels of the container.").or("none").like("{team: web}"),
    key("workdir", "path", "Working directory.").or("the image's").like("/srv"),
    obsolete("lxc_conf", "mapping", "Options for LXC, which engines no longer have.")
        .like(r#"{lxc.cgroup.cpuset.cpus: "0"}"#),
];

/// Keys of a registry.
pub const REGISTRY: &[Key] = &[
    key("registry", "address or URL", "Its host, and its port if it has one; its name if it is not given.")
        .or("its name")
        .like("hub.example.com:5000"),
    key("username", "text", "User to log in as.").or("docker login's").like("shop"),
    key("password", "text", "Password or token of that user; no output ever shows it.")
        .like("\"{{ env.HUB_PASSWORD | default('') }}\""),
    key("email", "text", "Address that old registries ask for.").like("shop@example.com"),
    key("retry", "mapping", "When a fetch of an image is tried again.")
        .or("3 tries")
        .like("{attempts: 5, when: [500, 503]}"),
];

/// Keys of `retry`.
pub const RETRY: &[Key] = &[
    key(
        "attempts",
        "number",
        "Tries in all, the first included. The pause between them doubles, from 1 to 30 seconds.",
    ).or("3").like("5"),
    key(
        "when",
        "list of HTTP statuses",
        "After which answers of the registry. 500 stands for all that passes by itself, which is also what counts if it is not given: the registry's own errors, no connection, no progress. A wrong login and a missing image are never tried again.",
    ).or("[500]").like("[500, 503]"),
];

/// Keys of a volume that is written as a mapping (schema 2).
pub const VOLUME: &[Key] = &[
    key("target", "path", "Path inside the container.").like("/data"),
    key("mode", "text", "`rw` or `ro`, and what else Docker allows there.").or("`rw`").like("ro"),
];

/// Keys of a port that is written as a mapping.
pub const PORT: &[Key] = &[
    key("exposed", "port", "Port inside the container.").like("8080/tcp"),
    key("external", "port, or [address, port]", "Port on the ship, and the address that it is bound to.")
        .like("[127.0.0.1, 80]"),
];

/// Keys of `limits`.
pub const LIMITS: &[Key] = &[
    key("cpu", "number", "Relative CPU weight.").or("the engine's: 1024").like("512"),
    key("memory", "bytes", "Memory limit.").or("none").like("512m"),
    key("swap", "bytes", "Memory and swap limit.").or("twice `memory`").like("1g"),
];

/// Keys of a restart policy that is written as a mapping.
pub const RESTART: &[Key] = &[
    key("name", "policy", "`no`, `always`, `on-failure` or `unless-stopped`.").or("`no`").like("on-failure"),
    key("retries", "number", "How often, for `on-failure`.").or("no limit").like("3"),
];

/// Keys of a ulimit that is written as a mapping.
pub const ULIMIT: &[Key] = &[
    key("soft", "number", "Limit that the process may raise.").like("1024"),
    key("hard", "number", "Limit that it may not.").like("65536"),
];

/// Keys of `{ship: NAME}` in `extra_hosts`.
pub const EXTRA_HOST: &[Key] =
    &[key("ship", "name of a ship", "The ship whose address is meant.").like("alpha")];

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
    ("url", "registry"),
    ("path", "file"),
    ("url", "endpoint"),
    ("room", "channel"),
];

/// Sections whose keys are often written into another one.
const HOMES: &[(&[Key], &str)] = &[
    (SERVICE_ONLY, "a service"),
    (INSTANCE, "an instance or a service"),
    (SHIP, "a ship"),
    (TOP, "the file, not indented"),
    (LIMITS, "`limits`"),
    (REGISTRY, "a registry"),
];

/// What to say about an unknown key, and the free key of its section that is probably meant.
pub(super) fn unknown(name: &str, free: &[&'static str]) -> (String, Option<&'static str>) {
    if name == "container_name" && free.contains(&"image") {
        return ("leave it out: an instance's name is its container's name".to_owned(), None);
    }
    let mut synonyms = SYNONYMS.iter().filter(|(foreign, _)| *foreign == name).map(|&(_, own)| own);
    if let Some(own) = synonyms.find(|own| free.contains(own)) {
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
