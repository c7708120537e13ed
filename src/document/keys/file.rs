//! Keys at the top of a file, and of its header.

use super::{Key, key};

/// Keys of the file itself.
pub const TOP: &[Key] = &[
    key("__maestro", "mapping", "Header; `schema: 1` or `schema: 2` says how `volumes` are read.").like("{schema: 2}"),
    key("name", "text", "The environment's name.").like("shop"),
    key("ships", "mapping of ships", "The hosts. Without it there is one ship, `local`: the local engine.").or("one ship, `local`").like("{alpha: {ip: 10.0.0.5}}"),
    key("ship_defaults", "mapping", "Keys that hold for every ship that does not set them itself.").or("none").like("{docker_port: 2376, tls: true}"),
    key("services", "mapping of services", "The services.").or("none").like("{web: {image: nginx, instances: {web-1: {}}}}"),
    key(
        "registries",
        "mapping of registries",
        "The image registries, by name or by address: who one is there, and what is tried again. What it does not say is taken from `docker login` on this machine.",
    ).or("docker login's").like("{hub.example.com: {username: shop, password: secret}}"),
    key("audit", "list of auditors", "Who is told of what was done.").or("none").like("[{type: log, file: /var/log/maestro.log}]"),
    key("sensitive", "list of globs", "Values that no output shows, by the path of their keys: `*` stands for any part of one key, `**.` for any keys above. What looks secret is hidden without it.").or("none").like("[services.db.env.TUNING, \"**.LICENSE\"]"),
    key("ship_provider", "`static`", "Where the ships come from; there was never another provider.").or("`static`").like("static"),
];

/// Keys of the header `__maestro`.
pub const HEADER: &[Key] =
    &[key("schema", "1 or 2", "Version of the file's format: how `volumes` are read.").or("1").like("2")];
