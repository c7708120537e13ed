//! Keys at the top of a file, and of its header.

use super::{Key, key};

/// Keys of the file itself.
pub const TOP: &[Key] = &[
    key("__maestro", "mapping", "Header: the schema of the file, which says how `volumes` are read and which keys there are.").like("{schema: 3}"),
    key("name", "text", "The environment's name.").like("shop"),
    key("ships", "mapping of ships", "The hosts. Default: one ship, `local`, the local engine.").or("one ship, `local`").like("{alpha: {ip: 10.0.0.5}}"),
    key("ship_defaults", "mapping", "Default values of keys for all ships.").or("none").like("{docker_port: 2376, tls: true}"),
    key("services", "mapping of services", "The services.").or("none").like("{web: {image: nginx, instances: {web-1: {}}}}"),
    key(
        "registries",
        "mapping of registries",
        "Image registries, by name or address: logins and retries. Missing logins come from `docker login` on this machine.",
    ).or("docker login's").like("{hub.example.com: {username: shop, password: secret}}"),
    key("audit", "list of auditors", "Auditors: who is notified of commands.").or("none").like("[{type: log, file: /var/log/maestro.log}]"),
    key("sensitive", "list of globs", "Paths of keys whose values no output shows: `*` stands for any part of one key, `**.` for any keys above. Values that look secret are always hidden.").or("none").like("[services.db.env.TUNING, \"**.LICENSE\"]"),
    key("configs", "mapping of files", "Files that are copied into containers before their first start.").or("none").like("{app: {content: debug}}"),
    key("secrets", "mapping of files", "The same, but no output shows their contents.").or("none").like("{token: {environment: HOME}}"),
    key(
        "container_names",
        "pattern",
        "How containers are named: a text with `{environment}`, `{service}`, `{instance}` and `{ship}`; `{instance}` must be part of it.",
    ).or("`\"{instance}\"`").like("\"{environment}-{instance}\""),
    key("ship_provider", "`static`", "Where the ships come from; `static` is the only provider.").or("`static`").like("static"),
];

/// Keys of the header `__maestro`.
pub const HEADER: &[Key] =
    &[key("schema", "1, 2 or 3", "Version of the file's format. `volumes` read `container: ship` in schema 1, `ship: container` in schemas 2 and 3. Schema 3 has the keys of the next section, and in `ports` and `volumes` of instances also Compose's short forms.").or("1").like("3")];

/// Keys at the top that only a file of schema 3 has.
pub const NEWER: &[Key] = &[
    key("include", "path or list", "Files of Maestro whose services, ships, registries, networks, volumes, configs and secrets belong to this one too. All paths count from the directory of the file that is named.").or("none").like("[more.yaml]"),
    key("networks", "mapping of networks", "Networks that instances are on, by the names under which their `networks` use them. The network `default` is the environment's own.").or("the environment's own network").like("{front: {}, back: {internal: true}}"),
    key("volumes", "mapping of volumes", "Named volumes, by the names under which `volumes` of instances mount them. They are made before the first container, and `clean` keeps them.").or("none").like("{data: {}}"),
];

/// Keys of a network under `networks`.
pub const NETWORK: &[Key] = &[
    key("name", "text", "Its name on engines.").or("`ENVIRONMENT_KEY`; of an external one the key").like("front"),
    key("external", "true or false", "Somebody else makes and removes it.").or("false").like("true"),
    key("driver", "name", "Its driver.").or("`bridge`").like("bridge"),
    key("driver_opts", "mapping", "Options of the driver.").or("none").like("{com.docker.network.bridge.name: front0}"),
    key("internal", "true or false", "Its containers reach nothing outside of it.").or("false").like("true"),
    key("attachable", "true or false", "Other containers may join it.").or("false").like("true"),
    key("enable_ipv4", "true or false", "Its containers get IPv4 addresses.").or("the engine's").like("true"),
    key("enable_ipv6", "true or false", "Its containers get IPv6 addresses.").or("the engine's").like("true"),
    key("ipam", "mapping", "Where addresses come from: `driver`, `options`, and `config`, a list with `subnet`, `ip_range`, `gateway` and `aux_addresses`.").or("the engine's").like("{config: [{subnet: 172.28.0.0/16}]}"),
    key("labels", "mapping or list", "Labels.").or("none").like("{team: web}"),
];

/// Keys of a volume under `volumes` at the top.
pub const NAMED_VOLUME: &[Key] = &[
    key("name", "text", "Its name on engines.")
        .or("`ENVIRONMENT_KEY`; of an external one the key")
        .like("data"),
    key("external", "true or false", "Somebody else makes and removes it.").or("false").like("true"),
    key("driver", "name", "Its driver.").or("`local`").like("local"),
    key("driver_opts", "mapping", "Options of the driver.").or("none").like("{type: tmpfs, device: tmpfs}"),
    key("labels", "mapping or list", "Labels.").or("none").like("{team: web}"),
];

/// Keys of a config or a secret: one of them.
pub const FILE: &[Key] = &[
    key("file", "path", "A file of this machine.").like("/etc/hostname"),
    key("environment", "text", "A variable of this process.").like("HOME"),
    key("content", "text", "The content itself.").like("debug"),
    key("command", "text or list", "A program of this machine and its arguments: what it prints is the content. It runs from the directory of the file, for commands that create or compare containers (`plan`, `diff`, `why`, `apply`, `start`, `restart`, `rollback`), once a run, and has 60 s.").like("[hostname]"),
];
