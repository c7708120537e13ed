//! The keys of what commands print with `--output json`, from which `docs/json.md` is written. Tests hold them to what is
//! really written.

use super::{SchemaKey, key};

/// What `status --output json` prints.
pub const STATUS: &[SchemaKey] = &[
    key("version", "number", "2; incompatible changes raise it, new keys do not"),
    key("environment", "text", "the environment's name"),
    key("instances", "list", "the instances, in start order"),
    key("instances[].instance", "text", "its name"),
    key("instances[].service", "text", "its service"),
    key("instances[].ship", "text", "the ship that the file names"),
    key("instances[].address", "text", "the ship's address"),
    key(
        "instances[].state",
        "text",
        "`absent`, `created`, `up`, `paused`, `restarting`, `down`, `removing`, `dead`, `unreachable`, `not-asked`, \
         `unmanaged`, `on-old-ship`, or a word of the engine that Maestro does not know",
    ),
    key("instances[].ready", "true or false or null", "whether it is ready; null if that is not known"),
    key("instances[].reason", "text or null", "why it is not ready, if a check, its health or restarts tell"),
    key("instances[].old_ship", "text", "the ship that its container is on; only with `on-old-ship`"),
    key("instances[].container_state", "text", "the container's state there; only with `on-old-ship`"),
    key("instances[].container", "map or null", "its container; null if there is none, or it is not known"),
    key("instances[].container.id", "text", "its id"),
    key("instances[].container.name", "text", "its name, which may be another than the instance's"),
    key("instances[].container.image", "text", "the image's reference"),
    key("instances[].container.status", "text", "the engine's words: `Up 2 minutes`"),
    key("instances[].container.differs", "true or false", "whether it is up and differs from the file"),
    key(
        "instances[].container.differing",
        "list of text",
        "the keys in which it differs, where they were asked for",
    ),
    key("instances[].container.other_peers", "true or false", "whether only its peer variables differ"),
    key(
        "instances[].container.exit_code",
        "number or null",
        "exit code of its last run; null if not asked for",
    ),
    key(
        "instances[].container.took",
        "number or null",
        "seconds that its last run took, if it has ended; null if not asked for",
    ),
    key(
        "instances[].container.out_of_memory",
        "true or false",
        "whether its memory limit was reached in its last run",
    ),
    key(
        "instances[].container.restarts",
        "number or null",
        "how often the engine restarted it; null if not asked for",
    ),
    key(
        "instances[].container.health",
        "text or null",
        "`starting`, `healthy`, `unhealthy`; null if not asked for",
    ),
    key("instances[].container.start_error", "text or null", "the engine's words about a start that failed"),
    key("instances[].ports", "list", "its published ports"),
    key("instances[].ports[].name", "text", "the port's name"),
    key("instances[].ports[].container", "number", "the port in the container; the first of a range"),
    key("instances[].ports[].host", "number", "the port on the ship; the first of a range"),
    key("instances[].ports[].count", "number", "length of the range"),
    key("instances[].ports[].choice", "number", "of how many ports of the ship the engine chooses"),
    key("instances[].ports[].protocol", "text", "`tcp` or `udp`"),
    key("instances[].ports[].bind", "text or null", "the address on the ship; null for all"),
    key("orphans", "list", "containers of this environment that the file does not declare"),
    key("orphans[].container", "text", "its name"),
    key("orphans[].container_id", "text", "its id"),
    key("orphans[].ship", "text", "its ship"),
    key("orphans[].state", "text", "`orphan`"),
    key("orphans[].container_state", "text", "as `state` of an instance"),
    key("orphans[].status", "text", "the engine's words"),
    key("orphans[].image", "text", "the image's reference"),
    key("orphans[].reason", "text", "why it is an orphan"),
    key("unreachable", "list", "ships that do not answer"),
    key("unreachable[].ship", "text", "its name"),
    key("unreachable[].endpoint", "text", "where its engine is"),
    key("unreachable[].reason", "text", "why it does not answer"),
];

/// What `why --output json` has beside the keys of a plan.
pub const WHY: &[SchemaKey] = &[
    key(
        "state",
        "list",
        "the instances that are asked about, with all keys of `instances` in a status, and:",
    ),
    key("state[].started", "text or null", "when its container was started last, as UTC"),
    key("state[].health_log", "list", "the last runs of the image's `HEALTHCHECK`, oldest first"),
    key("state[].health_log[].exit_code", "number", "its exit code"),
    key("state[].health_log[].output", "text", "what it wrote, at most 300 characters; secrets hidden"),
    key("state[].log", "list of text", "the last lines of its log, if it is not ready; secrets hidden"),
];

/// What `diff --output json` prints.
pub const DIFF: &[SchemaKey] = &[
    key("version", "number", "2"),
    key("environment", "text", "the environment's name"),
    key("instances", "list", "the instances"),
    key("instances[].instance", "text", "its name"),
    key("instances[].ship", "text", "its ship"),
    key(
        "instances[].state",
        "text",
        "`same`, `completed`, `differs`, `peers`, `down`, `absent`, `blocked`, `moves`",
    ),
    key("instances[].reason", "text or null", "more about the state; null where the differences tell it"),
    key("instances[].differences", "list", "what differs"),
    key("instances[].differences[].field", "text", "a key of the file, or a key and a name: `env.DEBUG`"),
    key(
        "instances[].differences[].running",
        "text or null",
        "running value; null if not set; secrets hidden",
    ),
    key(
        "instances[].differences[].declared",
        "text or null",
        "declared value; null if not set; secrets hidden",
    ),
    key("instances[].differences[].file", "text or null", "the file that declares it, or could"),
    key("instances[].differences[].line", "number or null", "the line in the file"),
    key("orphans", "list", "containers of this environment that the file does not declare"),
    key("orphans[].container", "text", "its name"),
    key("orphans[].container_id", "text", "its id"),
    key("orphans[].ship", "text", "its ship"),
    key("orphans[].reason", "text", "why it is an orphan"),
    key("orphans[].removed", "true or false", "always false"),
];

/// What `history --output json` prints.
pub const HISTORY: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("generations", "list", "the revisions, newest first"),
    key("generations[].generation", "number", "its number"),
    key("generations[].by", "text", "who made it: `user@machine`"),
    key("generations[].command", "text", "the command line"),
    key("generations[].commit", "map or null", "the git commit of the file; null if it was in no repository"),
    key("generations[].commit.id", "text", "the commit's id"),
    key(
        "generations[].commit.dirty",
        "true or false or null",
        "whether the file had uncommitted changes; null if git was not there to tell",
    ),
    key("generations[].created", "text or null", "when, by the clock of a ship's engine, as UTC (RFC 3339)"),
    key("generations[].age_seconds", "number or null", "how long ago, by the same clock"),
    key("generations[].runs", "true or false", "whether this is what runs, as far as ships answer"),
    key("generations[].missing", "list of text", "what is missing for the way back to it"),
    key("generations[].changes", "list", "what it changed"),
    key("generations[].changes[].instance", "text", "the instance"),
    key("generations[].changes[].ship", "text", "its ship"),
    key("generations[].changes[].image_before", "map or null", "its image before; null if it was not there"),
    key("generations[].changes[].image_before.name", "text", "the image's reference"),
    key("generations[].changes[].image_before.id", "text", "the image's id"),
    key("generations[].changes[].image_after", "map or null", "its image since; null if it is gone"),
    key("generations[].changes[].image_after.name", "text", "the image's reference"),
    key("generations[].changes[].image_after.id", "text", "the image's id"),
    key("generations[].changes[].reconfigured", "true or false", "whether more than its image changed"),
    key("generations[].changes[].keys", "list of text", "the keys that changed, the image aside"),
];

/// What `apply`, `start`, `stop`, `restart`, `kill`, `clean`, `pull` and `rollback` print with `--output json`: an object a
/// line.
pub const EVENTS: &[SchemaKey] = &[
    key(
        "event",
        "text",
        "`started`, `unchanged`, `remark`, `step-started`, `step-progress`, `step-retried`, `step-done`, `step-failed`, \
         `step-cancelled`, `blocked`, `interrupted`, `finished`, `preflight`, `note`; others may come",
    ),
    key(
        "version",
        "number",
        "1; in `started` alone; incompatible changes raise it, new keys and events do not",
    ),
    key("command", "text", "in `started` and `finished`: the command"),
    key("environment", "text", "in `started`: the environment's name"),
    key("steps", "number", "in `started`: how many steps there are"),
    key("step", "number", "which step, as `steps[].id` of the plan"),
    key("instance", "text", "the instance; not there for what instances share"),
    key("service", "text", "its service"),
    key("ship", "text", "the ship"),
    key("action", "text", "as `steps[].action` of the plan"),
    key(
        "progress",
        "text",
        "in `step-progress`: how much of an image is there, or how often a check was tried and what the last try saw",
    ),
    key(
        "pulled",
        "map",
        "in `step-progress` of an image: `bytes` of `total_bytes` (`is_total_known` tells whether more layers may add to it), `layers_done` of `layers`",
    ),
    key(
        "copied",
        "map",
        "in `step-progress` of a volume: `bytes` of `total_bytes` (absent until it is known) of its files; `is_verifying` tells that the copy is read to be compared",
    ),
    key("attempt", "number", "in `step-retried`: the number of the next try"),
    key("attempts", "number", "in `step-retried`: how many there may be"),
    key("reason", "text", "why an instance is unchanged or blocked, or a try failed"),
    key("remark", "text", "what to know about the instance"),
    key("container", "text", "in `step-done`: the container's id, if the step learned it"),
    key("milliseconds", "number", "how long it took; in `step-retried`, when the next try comes"),
    key("failure", "map", "in `step-failed`: what is known about it"),
    key("failure.kind", "text", "`failed`, `unreachable`, `unknown`"),
    key("failure.reason", "text", "what went wrong"),
    key("failure.state", "text", "what holds now"),
    key("failure.next", "text", "what to do or type next"),
    key("failure.exit_code", "number", "exit code of a container that died"),
    key("failure.log", "list of text", "its last log lines"),
    key("kind", "text", "in `blocked`: as `blocked[].kind` of the plan"),
    key("next", "text", "in `blocked` and `interrupted`: what to do or type next"),
    key("instances", "list", "in `interrupted`: the instances that were to be changed, and their containers"),
    key("findings", "list", "in `preflight`: what it found"),
    key(
        "outcome",
        "text",
        "in `step-done`: what came of it, where that can differ; in `preflight`: `refused` or `goes-on`",
    ),
    key("text", "text", "in `note`: the note"),
    key("summary", "map", "in `finished`: numbers of steps and instances, `interrupted`, and `milliseconds`"),
];

/// What `volume ls --output json` prints.
pub const VOLUMES: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("volumes", "list", "the volumes on all ships that answered"),
    key("volumes[].volume", "text", "its name on the engine"),
    key("volumes[].ship", "text", "its ship"),
    key("volumes[].kind", "text", "`declared`, `external`, `anonymous`, `left over` or `kept by a move`"),
    key("volumes[].moved_to", "text or null", "the ship that its instance has moved to with a copy of it"),
    key(
        "volumes[].state",
        "text",
        "`in use` if a container has it, running or not; `unused`; `missing`; `incomplete` if a restore did not end",
    ),
    key("volumes[].size", "number or null", "its size in bytes, with `--size` and if the engine knows it"),
    key("volumes[].used_by", "list", "the instances that use it or have used it"),
    key("volumes[].used_by[].instance", "text", "the instance"),
    key("volumes[].used_by[].path", "text", "the path inside"),
    key("volumes[].containers", "list", "the containers that have it"),
    key("volumes[].containers[].id", "text", "its id"),
    key("volumes[].containers[].name", "text", "its name"),
    key("volumes[].containers[].up", "true or false", "whether it runs, is paused or restarts"),
    key(
        "volumes[].containers[].instance",
        "text or null",
        "its instance; null if it is not of this environment",
    ),
];

/// What `port-forward` prints.
pub const PORTS: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("instance", "text", "the instance"),
    key("ship", "text", "its ship"),
    key("address", "text", "the address of this machine that listens"),
    key("local", "number", "the port of this machine"),
    key("port", "number", "the port of the container"),
];

/// What `volume backup`, `volume restore`, `volume rm` and `cp` print.
pub const COPIES: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("volume", "text", "the volume's name, or the path of a directory of the ship"),
    key("removed", "text", "the name of a volume that was removed"),
    key("ship", "text", "its ship"),
    key("source", "text", "what `cp` copied, as it was typed"),
    key("target", "text", "where `cp` copied it to, as it was typed"),
    key("file", "text", "the file of the backup"),
    key("files", "number", "files, directories and links"),
    key("bytes", "number", "bytes of the tar archive before it was compressed"),
    key("length", "number", "bytes of the backup's file"),
];

/// What `logs --output json` prints: an object a line.
pub const LOGS: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("instance", "text", "the instance, or the name of an orphan's container"),
    key("service", "text or null", "the instance's service; null for an orphan"),
    key("ship", "text", "the ship"),
    key(
        "time",
        "text or null",
        "when the engine got the line, by its clock; null for words of the engine itself",
    ),
    key("stderr", "true or false", "whether it was written to standard error"),
    key("line", "text", "the line, without its end"),
    key("goes_on", "true or false", "whether the next object of this instance has the rest of the line"),
];

/// What `exec --output json` prints after the lines of each instance: an object a line.
pub const EXEC: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("instance", "text", "the instance, or the name of an orphan's container"),
    key("service", "text or null", "the instance's service; null for an orphan"),
    key("ship", "text", "the ship"),
    key("exit_code", "number or null", "the exit code of the command; null if it is not known"),
    key("error", "text or null", "why the exit code is not known"),
];
