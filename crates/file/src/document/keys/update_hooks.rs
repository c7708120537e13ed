//! Keys of `hooks` of a service: jobs that run before and after each update.

use super::{Key, key};

/// Keys of `hooks`.
pub const UPDATE_HOOKS: &[Key] = &[
    key(
        "before_update",
        "name of a job, or a list",
        "Jobs to run before `apply` replaces instances of the service. If one fails, nothing of the service is stopped. A \
         job that has never succeeded also runs before the first start.",
    )
    .or("none")
    .like("migrate"),
    key(
        "after_update",
        "name of a job, or a list",
        "Jobs to run when all instances of the service are replaced and ready.",
    )
    .or("none")
    .like("[migrate]"),
];
