//! Keys, and how much of what is below them is hidden.

use std::sync::LazyLock;

use regex::Regex;

use crate::value::secret::{Sensitive, looks_secret, may_be_secret};

/// Keys whose value is hidden, whatever it is. Their like are as well: `pasword` is a mistake that is shown.
pub(super) const SECRET_KEYS: [&str; 5] = ["password", "token", "webhook", "endpoint", "passwd"];
/// A key of its own, which is like one of these.
const ENTRYPOINT: &str = "entrypoint";
/// Keys whose value is hidden but for the keys in it.
const SECRET_MAPPINGS: [&str; 2] = ["headers", "cookies"];
/// Keys below which people choose names: an instance may be called `auth`.
const NAMES: [&str; 13] = [
    "services",
    "instances",
    "ships",
    "registries",
    "ports",
    "links",
    "volumes",
    "requires",
    "wants_info",
    "limits",
    "ulimits",
    "extra_hosts",
    SECRETS,
];
/// Key of Compose whose items and keys are names of secrets; behind them stand paths and names of variables.
const SECRETS: &str = "secrets";
/// Keys below which variables stand, one of which may be called `secrets`.
const VARIABLES: [&str; 3] = ["env", "environment", "args"];

/// How much below a key is hidden.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hidden {
    Nothing,
    /// Texts, but nothing of what is below: people choose this name, and it may be the name of a service.
    Texts,
    /// All but the keys of mappings.
    Values,
    All,
}

/// Whether the value of a key is a secret beyond doubt, and no path.
pub(super) fn is_sure_key(key: &str) -> bool {
    looks_secret(key) && !matches!(key, "key" | "cert" | "tls_key") || ["token", "password"].contains(&key)
}

/// What is hidden behind a key.
pub(super) fn secrecy(key: &str, parent: &str) -> Hidden {
    if NAMES.contains(&parent) {
        let is_secret = looks_secret(key) || SECRET_KEYS.contains(&key);
        return if is_secret { Hidden::Texts } else { Hidden::Nothing };
    }
    if is_like(key, &SECRET_MAPPINGS) {
        return Hidden::Values;
    }
    if key == "content" {
        // Of a secret, whose name stands above it.
        return Hidden::Values;
    }
    let is_env = parent == "env";
    // These name a file.
    if key == "tls_key" || key == "key" && parent == "ssh_tunnel" {
        return Hidden::Nothing;
    }
    // `content` is that of a config.
    if matches!(key, "cert" | "content") || looks_secret(key) || is_env && may_be_secret(key) {
        return Hidden::All;
    }
    if key != ENTRYPOINT && is_like(key, &SECRET_KEYS) { Hidden::All } else { Hidden::Nothing }
}

/// Whether a key has names of secrets below it, and none of their values: it is no variable, and no text is behind it.
pub(super) fn names_secrets(key: &str, parent: &str, behind: &str) -> bool {
    let behind = behind.trim_start_matches([' ', '\t']);
    key == SECRETS
        && !VARIABLES.contains(&parent)
        && (behind.is_empty() || behind.starts_with(['\n', '\r', '[', '{']))
}

/// Whether a value is a port, an address with a port, or another short number.
pub(super) fn is_number(value: &str) -> bool {
    let number = value.trim_end_matches("/tcp").trim_end_matches("/udp").trim_end_matches("/sctp");
    let parts = number.split([':', '-', '.']);
    !number.is_empty()
        && parts.into_iter().all(|part| part.len() < 6 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a key holds a secret, be it misspelt.
pub(in crate::value::secret) fn is_secret_key(key: &str) -> bool {
    secrecy(key, "") > Hidden::Nothing
}

/// Whether a key is one of these, or misspelt so.
pub(super) fn is_like(key: &str, known: &[&str]) -> bool {
    known.iter().any(|known| {
        // Where more than a third of the letters are others no distance need be counted.
        let others = key.chars().filter(|&letter| !known.contains(letter)).count();
        key.len() <= 3 * known.len()
            && 3 * others <= key.len().max(known.len())
            && strsim::normalized_damerau_levenshtein(key, known) >= 0.7
    })
}

/// The keys that `sensitive` at the top of a file marks, by the last part of each path: the text may be no YAML.
pub(super) fn marked(text: &str) -> Sensitive {
    static LIST: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^sensitive[ \t]*:([^\n]*(?:\n(?:[ \t]+|-)[^\n]*)*)").expect("a fixed pattern")
    });
    let list = LIST.captures(text).and_then(|found| found.get(1)).map_or("", |list| list.as_str());
    let paths = list.split(|c: char| c.is_whitespace() || ",[]\"'".contains(c));
    let keys =
        paths.filter_map(|path| path.rsplit('.').next()).filter(|key| key.contains(char::is_alphanumeric));
    Sensitive::new(keys)
}
