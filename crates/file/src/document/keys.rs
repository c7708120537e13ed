//! The keys that each section of a file knows. Unknown keys are found, named and corrected by these tables, and the
//! reference is written from them.

mod audit;
mod check;
mod file;
mod registry;
mod service;
mod ship;
mod update;

pub use audit::{AUDIT, AUDIT_EXEC, AUDIT_HTTP, AUDIT_LOG, AUDIT_SLACK};
pub use check::{
    COMMAND_CHECK, DOCKER_CHECK, EXEC_CHECK, HTTP_CHECK, HTTP_OPTIONS, LIFECYCLE, SLEEP_CHECK, TCP_CHECK,
};
pub use file::{HEADER, TOP};
pub use registry::{REGISTRY, RETRY};
pub use service::{EXTRA_HOST, INSTANCE, LIMITS, PORT, RESTART, SERVICE_ONLY, ULIMIT, VOLUME};
pub use ship::{SHIP, SSH_TUNNEL};
pub use update::UPDATE;

use maestro_core::diagnostic::nearest;

/// One key of a section.
#[derive(Debug, Clone, Copy)]
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

/// Keys of other tools, and the key that does the same here.
const SYNONYMS: &[(&str, &str)] = &[
    ("depends_on", "requires"),
    ("environment", "env"),
    ("env_file", "envfile"),
    ("network_mode", "net"),
    ("networks", "net"),
    ("user", "username"),
    ("username", "user"),
    ("identity_file", "key"),
    ("key_file", "key"),
    ("working_dir", "workdir"),
    ("stop_grace_period", "stop_timeout"),
    ("mem_limit", "limits"),
    ("memory", "limits"),
    ("cpu_shares", "limits"),
    ("healthcheck", "lifecycle"),
    ("check", "lifecycle"),
    ("host", "ship"),
    ("node", "ship"),
    ("server", "ship"),
    ("address", "ip"),
    ("hostname", "ip"),
    ("port", "docker_port"),
    ("url", "registry"),
    ("path", "file"),
    ("url", "endpoint"),
    ("room", "channel"),
    ("token", "password"),
    ("pass", "password"),
    ("command", "script"),
    ("attempts", "max_wait"),
    ("timeout", "max_wait"),
    ("policy", "name"),
    ("max_retries", "retries"),
    ("cmd", "script"),
    ("update_config", "update"),
    ("parallelism", "parallel"),
    ("failure_action", "on_failure"),
    ("max_failure_ratio", "max_failures"),
];

/// Sections whose keys are often written into another one.
const HOMES: &[(&[Key], &str)] = &[
    (SERVICE_ONLY, "a service"),
    (INSTANCE, "an instance or a service"),
    (SHIP, "a ship"),
    (TOP, "the file, not indented"),
    (LIMITS, "`limits`"),
    (REGISTRY, "a registry"),
    (UPDATE, "`update` of a service"),
];

/// What to say about an unknown key, and the free key of its section that is probably meant.
pub(super) fn unknown(name: &str, free: &[&'static str]) -> (String, Option<&'static str>) {
    let plain = name.trim();
    if plain != name && free.contains(&plain) {
        // YAML takes plain spaces away; what is left only looks like one.
        let own = free.iter().copied().find(|key| *key == plain);
        let help = format!(
            "write `{plain}`: what looks like a space beside it is another character, as web pages have it"
        );
        return (help, own);
    }
    if name == "container_name" && free.contains(&"image") {
        return ("leave it out: an instance's name is its container's name".to_owned(), None);
    }
    let mut synonyms = SYNONYMS.iter().filter(|(foreign, _)| *foreign == name).map(|&(_, own)| own);
    if let Some(own) = synonyms.find(|own| free.contains(own)) {
        return (format!("write `{own}`: that does it here"), Some(own));
    }
    if let Some((_, home)) = HOMES.iter().find(|(keys, _)| keys.iter().any(|key| key.name == name)) {
        return (format!("it is a key of {home}: move it there"), None);
    }
    if let Some(near) = nearest(name, free.iter().copied()) {
        return (format!("did you mean `{near}`?"), Some(near));
    }
    let mut names = free.to_vec();
    names.sort_unstable();
    (format!("the keys that could stand here are {}", names.join(", ")), None)
}
