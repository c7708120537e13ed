//! Keys at the top of a file, and of its header.

use super::{Key, key, not_yet};

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

/// Keys of the header `__maestro`.
pub const HEADER: &[Key] =
    &[key("schema", "1 or 2", "Version of the file's format: how `volumes` are read.").or("1").like("2")];
