//! Keys of a site file.

use super::{Key, key};

/// Keys at the top of a site file, and of `x-maestro`.
pub const SITE: &[Key] = &[
    key("ships", "mapping of ships", "The hosts. Default: one ship, `local`, the local engine.")
        .or("one ship, `local`")
        .like("{alpha: {ip: 10.0.0.5}}"),
    key("ship_defaults", "mapping", "Default values of keys for all ships.")
        .or("none")
        .like("{docker_port: 2376, tls: true}"),
    key("services", "mapping of services", "Services of the Compose project, by name.")
        .or("none")
        .like("{web: {ship: alpha}}"),
    key("registries", "mapping of registries", "Image registries, as in a file of Maestro.")
        .or("docker login's")
        .like("{hub.example.com: {username: shop, password: secret}}"),
    key("audit", "list of auditors", "Auditors: who is notified of commands.")
        .or("none")
        .like("[{type: log, file: /var/log/maestro.log}]"),
    key(
        "configs",
        "mapping of files",
        "Where contents of the project's `configs` come from, in place of what the Compose file says.",
    )
    .or("what the Compose file says")
    .like("{app: {content: debug}}"),
    key("secrets", "mapping of files", "The same for its `secrets`.")
        .or("what the Compose file says")
        .like("{token: {environment: HOME}}"),
];

/// Keys of a service in a site file, beside those of its placement.
pub const SITE_SERVICE: &[Key] = &[
    key("ship", "name of a ship", "The ship that all its instances run on; optional if there is only one.")
        .or("the only ship, if there is one")
        .like("alpha"),
    key("carry", "true or false", "Copies files and directories of the project that it mounts into its containers, for ships on other machines.")
        .or("false")
        .like("true"),
    key("build", "mapping", "Which engine builds its image.")
        .or("a ship that needs it")
        .like("{on: local}"),
    key("image_source", "word", "Where its image comes from if a ship lacks it: `registry`; `carry`, from another engine, which must have it; or `auto`, from another engine if that has an image which no registry knows.")
        .or("`auto`")
        .like("carry"),
    key("on_unhealthy", "word", "What `maestro watch` does when it is down or unhealthy: `restart` its container; `replace` it by a new one; or `notify`, which only tells it.")
        .or("`restart`")
        .like("replace"),
    key("update", "mapping", "How to replace its instances, in batches, in place of `deploy.update_config`.")
        .or("what the Compose file says")
        .like("{parallel: 2, delay: 10s}"),
    key("hooks", "mapping", "Jobs to run before and after each update: services that run to their end.")
        .or("none")
        .like("{before_update: migrate}"),
    key(
        "lifecycle",
        "mapping of states to checks",
        "Checks that decide when a state is reached, beside its health check. A port is the container's.",
    )
    .or("none")
    .like("{running: [{type: tcp, port: 80}]}"),
];
