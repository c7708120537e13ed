//! Keys of `update`, which says how a service's instances are replaced.

use super::{Key, key};

/// Keys of `update`.
pub const UPDATE: &[Key] = &[
    key(
        "order",
        "`stop-first` or `start-first`",
        "`stop-first` stops the old container before the new one starts. `start-first` keeps it running until the new \
         one is ready and links lead to it; host names are then chosen by the engine.",
    )
    .or("`stop-first`")
    .like("start-first"),
    key(
        "parallel",
        "number, or percentage",
        "Batch size: number of instances to replace at once, or a part of the service's instances, rounded up. The next \
         batch starts when this one is ready.",
    )
    .or("1")
    .like("25%"),
    key(
        "max_per_ship",
        "number",
        "Number of instances of one ship to replace at once. A batch ends before an instance that would be one too many.",
    )
    .or("as many as `parallel` says")
    .like("1"),
    key(
        "canary",
        "number",
        "Number of instances to replace first. The others wait until `apply --continue`.",
    )
    .or("none")
    .like("1"),
    key("delay", "duration", "Pause between batches: seconds, or `10s`, `1m30s`.")
        .or("0")
        .like("10s"),
    key(
        "on_failure",
        "`rollback`, `pause` or `continue`",
        "What to do when more than `max_failures` instances fail. A failed instance always rolls back. `rollback`: all \
         replaced instances of the service roll back; `pause`: replaced instances stay, and no others are replaced; \
         `continue`: the others are replaced anyway.",
    )
    .or("`rollback`")
    .like("pause"),
    key("max_failures", "number", "Number of failed instances to tolerate before `on_failure` applies.").or("0").like("1"),
    key(
        "on_peer_change",
        "`keep` or `replace`",
        "Whether `apply` replaces an instance if only the list of its peers has changed (variables such as \
         `WEB_INSTANCES`). It is always replaced if the address or port of an instance changes that it requires or links \
         to.",
    )
    .or("`keep`")
    .like("replace"),
];
