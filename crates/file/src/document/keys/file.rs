//! Keys at the top of a file, and of its header.

use super::{Key, key};

/// Keys of the file itself.
pub const TOP: &[Key] = &[
    key("__maestro", "mapping", "Header; `schema: 1` or `schema: 2` says how `volumes` are read.").like("{schema: 2}"),
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
    &[key("schema", "1 or 2", "Version of the file's format: how `volumes` are read.").or("1").like("2")];

/// Keys of a config or a secret: one of them.
pub const FILE: &[Key] = &[
    key("file", "path", "A file of this machine.").like("/etc/hostname"),
    key("environment", "text", "A variable of this process.").like("HOME"),
    key("content", "text", "The content itself.").like("debug"),
];
