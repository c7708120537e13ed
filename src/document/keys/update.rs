//! Keys of `update`, which says how a service's instances are replaced.

use super::{Key, key};

/// Keys of `update`.
pub const UPDATE: &[Key] = &[
    key(
        "order",
        "`stop-first` or `start-first`",
        "Whether the old container is stopped before its successor starts, or runs until that is ready and links lead \
         to it; then host names are the engine's choice.",
    )
    .or("`stop-first`")
    .like("start-first"),
    key("parallel", "number", "How many instances are replaced at once; the next ones when these are ready.")
        .or("1")
        .like("2"),
    key("delay", "duration", "How long to wait before the next ones: seconds, or `10s`, `1m30s`.")
        .or("0")
        .like("10s"),
    key(
        "on_failure",
        "`rollback`, `pause` or `continue`",
        "What becomes of the roll-out when more fail than may; what fails is taken back in any case. `rollback`: what it \
         has replaced of the service goes back as well; `pause`: that stays, and no others are replaced; `continue`: the \
         others are replaced all the same.",
    )
    .or("`rollback`")
    .like("pause"),
    key("max_failures", "number", "How many instances may fail before `on_failure` counts.").or("0").like("1"),
    key(
        "on_peer_change",
        "`keep` or `replace`",
        "Whether `apply` replaces an instance because only the list of its peers has changed: the variables that tell it \
         of other instances, as `WEB_INSTANCES`. A changed address or port of an instance that it requires or links to \
         replaces it in any case.",
    )
    .or("`keep`")
    .like("replace"),
];
