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

/// What `timeline --output json` prints, and what `--timeline FILE.json` writes.
pub const TIMELINE: &[SchemaKey] = &[
    key("version", "number", "1; incompatible changes raise it, new keys do not"),
    key("environment", "text", "the environment's name"),
    key("run", "text", "the run's id"),
    key("command", "text", "what was typed"),
    key("by", "text", "`user@machine`"),
    key("ended", "text or null", "when it ended, as UTC; null in a file that the run itself writes"),
    key("outcome", "text", "`done`, `failed` or `interrupted`"),
    key(
        "milliseconds",
        "number",
        "when the last step ended; all times are milliseconds since the command began",
    ),
    key(
        "prepared",
        "number",
        "when the first step could begin, after connecting, the lease and the preflight",
    ),
    key("planned", "number", "how many steps the plan has, without those that are done only if others fail"),
    key("sums", "map", "milliseconds by what they were spent on; steps overlap, so sums may exceed the run"),
    key("sums.transfer", "number", "images and data came"),
    key("sums.engine", "number", "engines worked"),
    key("sums.stop", "number", "programs ended"),
    key("sums.ready", "number", "waiting until a state was reached"),
    key(
        "sums.queued",
        "number",
        "steps that could begin waited in a queue: an engine does a limited number at once",
    ),
    key(
        "longest_chain",
        "list",
        "the steps that each waited for the one before, up to the end; those of one instance together",
    ),
    key("longest_chain[].instance", "text or null", "the instance; null for what instances share"),
    key("longest_chain[].ship", "text", "the ship"),
    key("longest_chain[].from", "number", "when its first step began"),
    key("longest_chain[].to", "number", "when its last step ended"),
    key("steps", "list", "the steps that began, in the order in which they did"),
    key("steps[].step", "number", "its number in the plan, from 0"),
    key("steps[].instance", "text or null", "the instance; null for what instances share"),
    key("steps[].ship", "text", "the ship"),
    key("steps[].action", "text", "what it did, as in a plan"),
    key("steps[].kind", "text", "`transfer`, `engine`, `stop` or `ready`, as in `sums`"),
    key("steps[].from", "number", "when it began"),
    key("steps[].to", "number", "when it ended"),
    key("steps[].outcome", "text", "`done`, `failed` or `cancelled`"),
    key(
        "steps[].waited_for",
        "number or null",
        "of the steps that it had to wait for, the one that ended last",
    ),
    key("steps[].longest_chain", "true or false", "whether it is part of the longest chain"),
    key("blocked", "list of text", "instances that did not get to their end because of something else"),
    key(
        "left_out",
        "number",
        "how many more steps there were: of runs with thousands, an engine keeps the longest",
    ),
];

/// What `timeline --list --output json` prints.
pub const RUNS: &[SchemaKey] = &[
    key("version", "number", "1"),
    key("environment", "text", "the environment's name"),
    key("runs", "list", "the runs that engines remember, the latest first"),
    key("runs[].run", "text", "its id"),
    key("runs[].command", "text", "what was typed"),
    key("runs[].by", "text", "`user@machine`"),
    key("runs[].ended", "text or null", "when it ended, as UTC, by the engine's clock"),
    key("runs[].outcome", "text", "`done`, `failed` or `interrupted`"),
    key("runs[].milliseconds", "number", "how long it took"),
    key("runs[].steps", "number", "how many steps began"),
];
