//! The keys that each section of a file knows. Unknown keys are found, named and corrected by these tables, and the
//! reference is written from them.

mod audit;
mod build;
mod check;
mod file;
mod registry;
mod service;
mod ship;
mod site;
mod update;
mod update_hooks;

pub use audit::{AUDIT, AUDIT_EXEC, AUDIT_HTTP, AUDIT_LOG, AUDIT_SLACK};
pub use build::{BUILD, BUILD_SECRET, SITE_BUILD};
pub use check::{
    COMMAND_CHECK, DOCKER_CHECK, EXEC_CHECK, HTTP_CHECK, HTTP_OPTIONS, LIFECYCLE, SLEEP_CHECK, TCP_CHECK,
};
pub use file::{FILE, HEADER, NAMED_VOLUME, NETWORK, NEWER, TOP};
pub use registry::{REGISTRY, RETRY};
pub use service::{
    BLKIO, BLKIO_RATE, BLKIO_WEIGHT, EXTRA_HOST, FILE_USE, GPU, HEALTHCHECK, HOOK, INSTANCE, LIMITS, LOGGING,
    NETWORK_USE, ON_CHANGE, PLACEMENT, PORT, PREFERENCE, RESTART, SERVICE_ONLY, ULIMIT, ULIMIT_NAMES, VOLUME,
};
pub use ship::{SHIP, SSH_TUNNEL};
pub use site::{SITE, SITE_SERVICE};
pub use update::UPDATE;
pub use update_hooks::UPDATE_HOOKS;

/// One key of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value looks like.
    pub value: &'static str,
    /// What holds if it is not written; empty if nothing is to be said about that.
    pub default: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// A value in YAML, as it could stand behind the key. Every example loads: `tests/docs.rs` tries it.
    pub example: &'static str,
    /// How far this version carries it.
    pub support: Support,
}

/// How far a key is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It does what it says.
    Carried,
    /// Known from `MaestroNG`, but cannot be here: its use is an error that says what to do instead.
    Never {
        /// Why it cannot be.
        why: &'static str,
        /// What to do.
        instead: &'static str,
    },
    /// Has no effect on today's engines: its use is a warning.
    Obsolete,
}

impl Key {
    /// The key, with what holds if it is not written.
    const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// The key, with an example of its value.
    const fn like(self, example: &'static str) -> Self {
        Self { example, ..self }
    }
}

const fn key(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { name, value, default: "", about, example: "", support: Support::Carried }
}

const fn never(name: &'static str, value: &'static str, why: &'static str, instead: &'static str) -> Key {
    Key { support: Support::Never { why, instead }, ..key(name, value, why) }
}

const fn obsolete(name: &'static str, value: &'static str, about: &'static str) -> Key {
    Key { support: Support::Obsolete, ..key(name, value, about) }
}

/// Sections whose keys are often written into another one.
pub(super) const HOMES: &[(&[Key], &str)] = &[
    (SERVICE_ONLY, "a service"),
    (PLACEMENT, "a service"),
    (INSTANCE, "an instance or a service"),
    (SHIP, "a ship"),
    (TOP, "the file, not indented"),
    (LIMITS, "`limits`"),
    (HEALTHCHECK, "`healthcheck`"),
    (BLKIO, "`blkio_config`"),
    (GPU, "an item of `gpus`"),
    (REGISTRY, "a registry"),
    (UPDATE, "`update` of a service"),
    (BUILD, "`build` of a service"),
    (UPDATE_HOOKS, "`hooks` of a service"),
];
