//! Keys of a registry.

use super::{Key, key};

/// Keys of a registry.
pub const REGISTRY: &[Key] = &[
    key("registry", "address or URL", "Its host, and its port if it has one.")
        .or("its name")
        .like("hub.example.com:5000"),
    key("username", "text", "User to log in as.").or("docker login's").like("shop"),
    key("password", "text", "Password or token of that user; never shown.")
        .like("\"{{ env.HUB_PASSWORD | default('') }}\""),
    key("email", "text", "Address that old registries ask for.").like("shop@example.com"),
    key("retry", "mapping", "When to retry a pull.").or("3 tries").like("{attempts: 5, when: [500, 503]}"),
];

/// Keys of `retry`.
pub const RETRY: &[Key] = &[
    key(
        "attempts",
        "number",
        "Total number of tries. The pause between tries doubles, from 1 to 30 seconds.",
    ).or("3").like("5"),
    key(
        "when",
        "list of HTTP statuses",
        "Status codes to retry after. 500 stands for all temporary failures: errors of the registry, no connection, no progress. A wrong login and a missing image are never retried.",
    ).or("[500]").like("[500, 503]"),
];
