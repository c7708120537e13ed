//! The keys of what pictures are drawn from.

use super::{SchemaKey, key};

/// What `graph --output json` prints.
pub const GRAPH: &[SchemaKey] = &[
    key("version", "number", "1; incompatible changes raise it, new keys do not"),
    key("environment", "text", "the environment's name"),
    key("observed", "true or false", "whether the ships were asked (`--observe`)"),
    key("ships", "list", "the ships that an instance is placed on"),
    key("ships[].ship", "text", "its name"),
    key("ships[].answers", "true or false or null", "whether it answers; null if it was not asked"),
    key("services", "list", "the services, in start order"),
    key("services[].service", "text", "its name"),
    key(
        "services[].layer",
        "number",
        "0 for what requires nothing; else one more than the highest that it requires",
    ),
    key("instances", "list", "the instances, in start order"),
    key("instances[].instance", "text", "its name"),
    key("instances[].service", "text", "its service"),
    key("instances[].ship", "text", "the ship that the file names"),
    key("instances[].image", "text", "its image in the file"),
    key(
        "instances[].state",
        "text or null",
        "`failed`, `unknown`, `blocked`, `differs`, `not created`, `starting`, `up` (nothing checks it) or `ready`; null \
         if ships were not asked",
    ),
    key(
        "instances[].ready",
        "true or false or null",
        "whether it is known to be ready; null if ships were not asked",
    ),
    key("instances[].note", "text or null", "more about its state; null if ships were not asked"),
    key("edges", "list", "which services need which"),
    key("edges[].from", "text", "the service that needs the other one"),
    key("edges[].to", "text", "the service that is needed"),
    key(
        "edges[].by",
        "list of text",
        "the keys of the file that say so: `requires`, `links`, `depends_on` …",
    ),
    key("edges[].link", "true or false", "whether one of them is a link"),
    key("edges[].instances", "list or null", "which instances need which; null if each needs each"),
    key("edges[].instances[].from", "text", "the instance that needs the other one"),
    key("edges[].instances[].to", "text", "the instance that is needed"),
];
