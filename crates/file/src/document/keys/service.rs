//! Keys of a service, and of an instance with what may stand under them.

use super::{Key, key, obsolete};

/// Keys that only a service has.
pub const SERVICE_ONLY: &[Key] = &[
    key("instances", "mapping of instances", "The service's instances, by name.")
        .like("{web-1: {ship: alpha}, web-2: {ship: alpha}}"),
    key("omit", "true or false", "Excludes the service from commands without names.")
        .or("false")
        .like("true"),
    key("update", "mapping", "How to replace its instances, in batches.")
        .or("one after another, stopped first")
        .like("{order: start-first, parallel: 2}"),
];

/// Keys of an instance; on a service they hold for all its instances.
pub const INSTANCE: &[Key] = &[
    key("ship", "name of a ship", "The ship that it runs on; optional if there is only one.")
        .or("the only ship, if there is one")
        .like("alpha"),
    key("image", "image reference", "Image of its container.").like("nginx:1.27"),
    key(
        "container_name",
        "text",
        "Name of its container; the instance keeps its own name. It must be unique on its ship.",
    )
    .or("what `container_names` says")
    .like("shop-web"),
    key("command", "text or list", "Command to run instead of the image's own.")
        .or("the image's")
        .like(r#"nginx -g "daemon off;""#),
    key("cmd", "text or list", "Old name of `command`.").or("the image's").like("[nginx, -g, daemon off;]"),
    key("ports", "mapping of ports", "Named ports to publish on the ship.").or("none").like(
        r#"{http: "80:8080", statsd: "8125/udp", admin: {exposed: 9000, external: [127.0.0.1, 9000]}}"#,
    ),
    key(
        "volumes",
        "mapping",
        "Directories and named volumes of the ship to mount: `container: ship`, or `ship: container` with `__maestro: {schema: 2}`.",
    )
    .or("none")
    .like("{/usr/share/nginx/html: /srv/web}"),
    key("container_volumes", "path or list", "Paths in the container that get an anonymous volume.")
        .or("none")
        .like("[/var/cache/nginx]"),
    key("volumes_from", "instance or list", "Instances whose volumes to mount as well.")
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
    key("wants_info", "service or list", "Services whose addresses it gets as variables, without waiting for them.")
        .or("none")
        .like("[db]"),
    key("lifecycle", "mapping of states to checks", "Checks that decide when a state is reached.")
        .or("none")
        .like("{running: [{type: tcp, port: http}]}"),
    key("privileged", "true or false", "Runs with all privileges.").or("false").like("true"),
    key("cap_add", "text or list", "Capabilities to add.").or("none").like("[NET_ADMIN]"),
    key("cap_drop", "text or list", "Capabilities to drop.").or("none").like("[MKNOD, CHOWN]"),
    key("extra_hosts", "mapping", "Lines for `/etc/hosts`: a name, and an address or `{ship: NAME}`.")
        .or("none")
        .like("{gateway: 10.0.0.1, neighbour: {ship: alpha}}"),
    key("stop_timeout", "seconds", "How long it may take to stop before the engine kills it.").or("10").like("30"),
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
        "When the engine restarts it: `no`, `always`, `on-failure:5`, `unless-stopped`.",
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
    obsolete("lxc_conf", "mapping", "LXC options, which engines no longer support.")
        .like(r#"{lxc.cgroup.cpuset.cpus: "0"}"#),
];

/// Keys of a volume that is written as a mapping (schema 2).
pub const VOLUME: &[Key] = &[
    key("target", "path", "Path in the container.").like("/data"),
    key("mode", "text", "`rw` or `ro`, and other modes of Docker.").or("`rw`").like("ro"),
];

/// Keys of a port that is written as a mapping.
pub const PORT: &[Key] = &[
    key("exposed", "port", "Port in the container.").like("8080/tcp"),
    key("external", "port, or [address, port]", "Port of the ship, and the address to bind it to.")
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
    key("retries", "number", "Maximum number of restarts, for `on-failure`.").or("no limit").like("3"),
    key("maximum_retry_count", "number", "Alias of `retries`, from MaestroNG's documentation.").like("3"),
];

/// Keys of a ulimit that is written as a mapping.
pub const ULIMIT: &[Key] = &[
    key("soft", "number", "Soft limit, which the process may raise up to `hard`.").like("1024"),
    key("hard", "number", "Hard limit.").like("65536"),
];

/// Keys of `{ship: NAME}` in `extra_hosts`.
pub const EXTRA_HOST: &[Key] =
    &[key("ship", "name of a ship", "The ship whose address to use.").like("alpha")];

/// What Linux can limit.
pub const ULIMIT_NAMES: [&str; 16] = [
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];
