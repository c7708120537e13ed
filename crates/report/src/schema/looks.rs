//! The keys of what commands print that only look: usage, processes, images, events.

use super::{SchemaKey, key};

/// What `stats --output json` prints.
pub const STATS: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("instances", "list", "the containers that run"),
    key("instances[].instance", "text", "the instance, or the container of an orphan"),
    key("instances[].service", "text or null", "its service; null for an orphan"),
    key("instances[].ship", "text", "its ship"),
    key("instances[].container", "text", "the container's id"),
    key(
        "instances[].cpu_percent",
        "number or null",
        "use of the processors, 100 for each of them; null if it was not counted twice",
    ),
    key("instances[].memory_bytes", "number", "memory without the cache of files"),
    key("instances[].memory_limit_bytes", "number", "what it may use: its limit, or all of the machine"),
    key("instances[].memory_percent", "number", "use of that limit"),
    key("instances[].network_in_bytes", "number or null", "bytes received since its start"),
    key("instances[].network_out_bytes", "number or null", "bytes sent since its start"),
    key("instances[].disk_read_bytes", "number", "bytes read from disks since its start"),
    key("instances[].disk_written_bytes", "number", "bytes written to disks since its start"),
    key("instances[].processes", "number or null", "processes and threads"),
    key("instances[].error", "text", "why nothing is known; then the other numbers are not there"),
];

/// What `top --output json` prints.
pub const TOP: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("instances", "list", "the containers that run"),
    key("instances[].instance", "text", "the instance, or the container of an orphan"),
    key("instances[].ship", "text", "its ship"),
    key(
        "instances[].processes",
        "list",
        "its processes, each a map with the engine's names of columns: `PID`, `CMD`",
    ),
];

/// What `ship ls --output json` prints.
pub const SHIPS: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("ships", "list", "the ships"),
    key("ships[].ship", "text", "its name"),
    key("ships[].address", "text", "the address that other ships use"),
    key("ships[].endpoint", "text", "where its engine is reached"),
    key("ships[].drained", "true or false", "whether the file drains it"),
    key("ships[].reachable", "true or false", "whether its engine answers"),
    key("ships[].reason", "text or null", "why it does not"),
    key("ships[].instances", "number", "how many instances the file places there"),
    key("ships[].instances_up", "number", "how many of these are up there"),
    key("ships[].engine_version", "text or null", "the version of Docker; null if not known, as below"),
    key("ships[].platform", "text or null", "what kind of machine it is: `linux/amd64`"),
    key("ships[].cpus", "number or null", "its processors"),
    key("ships[].memory_bytes", "number or null", "its memory"),
    key("ships[].disk_free_bytes", "number or null", "free space where the engine keeps its data"),
    key("ships[].disk_bytes", "number or null", "all space there"),
    key(
        "ships[].clock_ahead_seconds",
        "number or null",
        "how far its clock is ahead of this machine's; below 0 if it is behind",
    ),
];

/// What `images --output json` prints.
pub const IMAGES: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("instances", "list", "the containers"),
    key("instances[].instance", "text", "the instance, or the container of an orphan"),
    key("instances[].ship", "text", "its ship"),
    key("instances[].image", "text", "the reference that it was made from"),
    key("instances[].id", "text", "the id of its image"),
    key("instances[].digests", "list of text", "the digests that registries know it under"),
    key("instances[].created", "text or null", "when it was built"),
    key("instances[].size_bytes", "number or null", "its size; null if the ship does not have it any more"),
    key(
        "instances[].is_tag_elsewhere",
        "true or false",
        "whether the reference stands for another image on the ship now",
    ),
    key(
        "instances[].tag_id",
        "text or null",
        "the image that the reference stands for now; null if for none",
    ),
];

/// What `build --output json` prints.
pub const BUILDS: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("builds", "list", "the images, in the order in which they were done"),
    key("builds[].image", "text", "its reference"),
    key("builds[].ship", "text", "the ship that built it, or `this machine`"),
    key("builds[].outcome", "text", "`built`, `unchanged` or `failed`"),
    key("builds[].id", "text or null", "the id of what was built"),
    key("builds[].message", "text or null", "why it failed"),
    key("builds[].milliseconds", "number", "how long it took"),
];

/// What `outdated --output json` prints.
pub const OUTDATED: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("instances", "list", "the containers"),
    key("instances[].instance", "text", "the instance, or the container of an orphan"),
    key("instances[].ship", "text", "its ship"),
    key("instances[].image", "text", "the reference that it was made from"),
    key(
        "instances[].state",
        "text",
        "`current`, `outdated`, `pinned` (named by its digest), `local` (built or loaded: from no registry), `gone` \
         (its ship does not have the image any more), `unknown` (the registry did not tell)",
    ),
    key("instances[].id", "text", "the id of its image"),
    key("instances[].digest", "text or null", "the digest of its image; null if it came from no registry"),
    key("instances[].created", "text or null", "when its image was built"),
    key("instances[].registry_digest", "text or null", "the digest that the tag stands for now"),
    key(
        "instances[].registry_created",
        "text or null",
        "when that image was built; null if its ship does not have it",
    ),
    key("instances[].reason", "text or null", "why it is not known"),
    key("instances[].help", "text or null", "what to do about that"),
];

/// What `push --output json` prints.
pub const PUSH: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("images", "list", "the images, each once"),
    key("images[].image", "text", "its reference"),
    key("images[].ship", "text or null", "the ship that it is pushed from; null if none has it"),
    key("images[].pushed", "true or false", "whether the registry has it now"),
    key("images[].digest", "text or null", "its digest there"),
    key("images[].reason", "text or null", "why it was not pushed"),
    key("images[].help", "text or null", "what to do about that"),
];

/// What `inspect --output json` prints.
pub const INSPECT: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("instances", "list", "the instances that have a container"),
    key("instances[].instance", "text", "the instance"),
    key("instances[].service", "text", "its service"),
    key("instances[].ship", "text", "the ship that its container is on"),
    key("instances[].container", "text", "the container's name"),
    key("instances[].container_id", "text", "its id"),
    key("instances[].status", "text", "the engine's words: `Up 2 minutes`"),
    key("instances[].ready", "true or false or null", "whether it is ready; null if that is not known"),
    key("instances[].reason", "text or null", "why it is not ready"),
    key("instances[].exit_code", "number or null", "exit code of its last run"),
    key("instances[].out_of_memory", "true or false", "whether its memory limit was reached in its last run"),
    key("instances[].started", "text or null", "when it was started last"),
    key("instances[].restarts", "number or null", "how often the engine restarted it"),
    key("instances[].health", "text or null", "`starting`, `healthy`, `unhealthy`"),
    key("instances[].error", "text or null", "the engine's words about a start that failed"),
    key("instances[].image", "text", "the reference of its image"),
    key("instances[].image_id", "text", "the id of its image"),
    key("instances[].digests", "list of text", "the digests that registries know the image under"),
    key("instances[].ports", "list of text", "its published ports"),
    key("instances[].mounts", "list", "what is mounted in it"),
    key("instances[].mounts[].source", "text", "the path or the volume"),
    key("instances[].mounts[].path", "text", "the path inside"),
    key("instances[].mounts[].writable", "true or false", "whether it may write there"),
    key("instances[].networks", "list of text", "its networks"),
    key("instances[].differing", "list of text", "the keys in which it differs from the file"),
    key("instances[].declared", "map", "what the file says"),
    key("instances[].declared.ship", "text", "the ship"),
    key("instances[].declared.container", "text", "the container's name"),
    key("instances[].declared.image", "text", "the reference of the image"),
    key("instances[].declared.ports", "list of text", "the ports"),
    key("instances[].declared.mounts", "list", "the mounts"),
    key("instances[].declared.mounts[].source", "text", "the path or the volume"),
    key("instances[].declared.mounts[].path", "text", "the path inside"),
    key("instances[].declared.mounts[].mode", "text", "`rw`, `ro` and other words of the engine"),
    key("instances[].declared.networks", "list of text", "the networks"),
    key(
        "instances[].engine",
        "map or null",
        "what the engine says of the container (`docker inspect`), with a mask for what looks secret",
    ),
];

/// What `events --output json` prints.
pub const HAPPENINGS: &[SchemaKey] = &[
    key("time", "text", "when, by the engine's clock"),
    key("ship", "text", "the ship"),
    key("type", "text", "`container`, `network` or `volume`"),
    key("event", "text", "the engine's word: `start`, `die`, `connect`, `exec_create: sh`"),
    key("id", "text", "the id of the container or network, the name of the volume"),
    key("instance", "text or null", "the instance that it has to do with"),
    key("service", "text or null", "its service"),
    key("attributes", "map", "what the engine says of it, with a mask for what looks secret"),
];

/// What `wait --output json` prints.
pub const WAIT: &[SchemaKey] = &[
    key("instance", "text", "the instance"),
    key("ship", "text", "its ship"),
    key("exit_code", "number or null", "exit code of its program; null if it is not known"),
    key("ready", "true", "with `--ready`: it is ready"),
];

/// What `kill --signal --output json` prints.
pub const SIGNALS: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("signal", "text", "the signal: `SIGHUP`, `18`"),
    key("instances", "list", "the instances that run"),
    key("instances[].instance", "text", "its name"),
    key("instances[].service", "text or null", "its service; null of an orphan"),
    key("instances[].ship", "text", "its ship"),
    key("instances[].sent", "true or false", "whether its program got the signal"),
    key("instances[].reason", "text or null", "why it did not"),
];

/// What `links --output json` prints.
pub const LINKS: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("links", "list", "the links of the instances that were named, in the order of the file"),
    key("links[].instance", "text", "the consumer: the instance that has the link"),
    key("links[].service", "text", "its service"),
    key("links[].ship", "text", "its ship"),
    key("links[].alias", "text", "the name under which it reaches the targets"),
    key("links[].targets", "list", "the instances that the name leads to"),
    key("links[].targets[].instance", "text", "its name"),
    key("links[].targets[].ship", "text", "its ship"),
    key(
        "links[].carried",
        "text",
        "`alias` (a name for the consumer alone, on a network of the engine), `network-alias` (a name for all on that \
         network, as in Compose files), `docker-link` (on Docker's network `bridge`), or `addresses` (lines of the \
         consumer's `/etc/hosts`, which lead to published ports)",
    ),
    key("links[].network", "text or null", "the network; null with `docker-link` and `addresses`"),
    key("links[].addresses", "list of text", "the addresses; empty unless `carried` is `addresses`"),
    key(
        "links[].ports",
        "list of numbers",
        "the TCP ports that the first target declares, as the consumer asks for them",
    ),
    key("links[].check", "map or null", "what came of `--check`; null without it"),
    key(
        "links[].check.outcome",
        "text",
        "`answers`, `known` (the name is known, and the targets declare no TCP port), `fails`, `unreachable` (a ship \
         does not answer), `unchecked` (the check itself failed), or `down` (the consumer does not run)",
    ),
    key(
        "links[].check.is_name_known",
        "true or false",
        "whether the name has an address in the consumer's network",
    ),
    key("links[].check.tries", "list", "each address and port that was tried"),
    key("links[].check.tries[].address", "text", "the address"),
    key("links[].check.tries[].port", "number or null", "the port; null if the targets declare none"),
    key(
        "links[].check.tries[].instance",
        "text or null",
        "the target that has the address, if that is known",
    ),
    key(
        "links[].check.tries[].outcome",
        "text",
        "`answers`, `known`, `refused`, `closed` (accepted and closed at once), `silent` (no answer in time), or \
         `no-route`",
    ),
    key(
        "links[].check.tries[].cause",
        "text or null",
        "why it fails: `target-down`, `not-listening`, `loopback-only`, `not-published`, `firewall` (the target listens \
         and its ship publishes the port), `ship-unreachable`, `listening`, or `unknown`; null if it does not fail",
    ),
    key("links[].check.reasons", "list of text", "the same in sentences"),
];
