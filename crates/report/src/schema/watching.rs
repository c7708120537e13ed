//! The keys of what `watch` tells.

use super::{SchemaKey, key};

/// What `watch --output json` prints.
pub const WATCH: &[SchemaKey] = &[
    key("version", "number", "1; incompatible changes raise it, new keys and events do not"),
    key("time", "text", "when it happened: `2026-11-30T10:04:12.5Z`"),
    key(
        "event",
        "text",
        "`began`, `changed`, `broken` (an instance does not work for more than a second), `healing`, `healed`, `gave-up`, \
         `recovered`, `ship-lost`, `ship-back`, `waits` (another run holds the lease), `goes-on`, `drift`, `applying`, \
         `applied`, `file-read`, `file-broken`, `file-fixed`, `repository-lost`, `repository-back`; others may come",
    ),
    key("environment", "text", "in `began`: the environment's name"),
    key("ships", "number", "in `began`: how many ships there are"),
    key(
        "instances",
        "number or list",
        "in `began`: how many there are; in `drift`: those that differ from the file",
    ),
    key("instances[].instance", "text", "its name"),
    key("instances[].ship", "text", "its ship"),
    key("instances[].fields", "list of text", "the keys of the file in which it differs"),
    key("as_declared", "number", "in `began`: how many instances are as declared"),
    key("instance", "text", "the instance that the event is about"),
    key("ship", "text", "its ship; in `waits`: a ship whose lease another run holds"),
    key("from", "text or null", "in `changed`: its state before, as `to`; null at the beginning"),
    key(
        "to",
        "text",
        "in `changed`: its state: `ready`, `starting`, `unhealthy`, `down`, `absent`, `restarting`, `tasks-missing`, `paused`, `completed`, \
         `job-failed`, `stopped`, `unmanaged`, `changing`, `on-old-ship`, `not-deployed`, `ship-lost`",
    ),
    key("state", "text", "in `broken`: its state, as `to`"),
    key("exit_code", "number or null", "in `changed` and `broken`: the exit code, if it has ended with one"),
    key("method", "text", "in `healing`: `create`, `start`, `restart`, `replace`"),
    key("try", "number", "in `healing`: the number of the try, from 1"),
    key("tries", "number", "in `healing`: how many there may be; in `gave-up`: how many there were"),
    key(
        "outcome",
        "text",
        "in `healed` and `applied`: `done`, `not-needed`, `failed`, `busy` (another run took the lease), `interrupted`, \
         `dry-run`",
    ),
    key("seconds", "number", "in `healed` and `applied`: how long it took"),
    key(
        "reason",
        "text or null",
        "in `healed` and `applied`: why it failed; in `ship-lost`, `file-broken` and `repository-lost`: what is wrong",
    ),
    key("user", "text", "in `waits`: who holds the lease"),
    key("host", "text", "in `waits`: the machine that holds it"),
    key("command", "text", "in `waits`: what was typed there"),
    key(
        "commit",
        "text or null",
        "in `file-read`, `file-broken`, `applying` and `applied`: the git commit of the file; null without `--git`",
    ),
];
