//! Configs and secrets that a Swarm stores for its services. None of them can change, so another content has another name.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;
use serde_json::{Value, json};

use super::SwarmSpec;
use crate::model::{
    Instance,
    carried::{FileAccess, FileContent},
};

/// The longest name of a config or secret, in bytes.
const LONGEST: usize = 64;
/// Digits of a digest in a name.
const DIGITS: usize = 12;
/// The directory of secrets that name no other.
const SECRETS: &str = "/run/secrets/";

/// Where a Swarm stores a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StoredKind {
    /// In a config: managers tell its content.
    Config,
    /// In a secret: nobody tells its content.
    Secret,
}

impl StoredKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Config, Self::Secret];

    /// The Swarm's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Secret => "secret",
        }
    }

    /// The path of a service's list of them, and the keys of an entry's id and name.
    #[must_use]
    pub const fn keys(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Config => ("/TaskTemplate/ContainerSpec/Configs", "ConfigID", "ConfigName"),
            Self::Secret => ("/TaskTemplate/ContainerSpec/Secrets", "SecretID", "SecretName"),
        }
    }
}

/// A config or secret of a service, by its path in the tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SwarmFile {
    /// Which of both it is.
    pub kind: StoredKind,
    /// Its name in the user's file.
    pub name: String,
    /// Its name on the Swarm, if somebody else makes it.
    pub external: Option<String>,
    /// Who may do what with it.
    pub access: FileAccess,
}

/// A content to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where.
    pub kind: StoredKind,
    /// Its name on the Swarm.
    pub name: String,
    /// The content, which is shown nowhere.
    pub content: FileContent,
}

/// The name of a content on the Swarm: that of its config or secret, and the beginning of its salted digest.
#[must_use]
pub fn stored_name(environment: &str, name: &str, digest: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let all = format!("{environment}_{name}");
    let name: String = all.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect();
    let name = name.get(..LONGEST - DIGITS - 1).unwrap_or(&name);
    format!("{name}-{}", digest.get(..DIGITS).unwrap_or(digest))
}

/// The name of a content that Maestro may have stored, without its digest: a short secret could be guessed from that. None for
/// other names.
#[must_use]
pub fn without_digest(name: &str) -> Option<&str> {
    let is_digest = |end: &str| end.len() == DIGITS && end.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (name, _) = name.rsplit_once('-').filter(|(_, end)| is_digest(end))?;
    name.contains('_').then_some(name)
}

/// Whether a name may be that of a content that Maestro stored.
#[must_use]
pub fn is_stored_name(name: &str) -> bool {
    without_digest(name).is_some()
}

/// The entries of a service's request for its files of a kind. One whose content was not read has no name.
pub(super) fn entries(instance: &Instance, swarm: &SwarmSpec, kind: StoredKind) -> Vec<Value> {
    let (_, _, key) = kind.keys();
    let own = swarm.files.iter().filter(|(_, file)| file.kind == kind);
    own.map(|(target, file)| {
        let FileAccess { uid, gid, mode } = file.access;
        let inside = match kind {
            StoredKind::Config => target.as_str(),
            StoredKind::Secret => target.strip_prefix(SECRETS).unwrap_or(target),
        };
        let access = json!({"Name": inside, "UID": uid.to_string(), "GID": gid.to_string(), "Mode": mode});
        json!({"File": access, key: name_of(instance, target, file)})
    })
    .collect()
}

fn name_of<'a>(instance: &Instance, target: &str, file: &'a SwarmFile) -> Option<Cow<'a, str>> {
    if let Some(name) = &file.external {
        return Some(Cow::Borrowed(name));
    }
    let digest = instance.container.files.get(target)?.digest.as_ref()?;
    Some(Cow::Owned(stored_name(&instance.container.owner.environment, &file.name, digest)))
}

impl SwarmSpec {
    /// The contents of an instance that a request of it names, as far as they are known.
    #[must_use]
    pub fn contents(&self, instance: &Instance) -> Vec<StoredFile> {
        let each = self.files.iter().filter(|(_, file)| file.external.is_none());
        let stored = each.filter_map(|(target, file)| {
            let known = instance.files.iter().find(|known| known.target == *target)?;
            let name = name_of(instance, target, file)?.into_owned();
            Some(StoredFile { kind: file.kind, name, content: known.content.clone() })
        });
        stored.collect()
    }
}

/// A file as a service's document has it, by its path in the tasks: its kind, its name on the Swarm, and who may do what.
pub(super) type Shown = (StoredKind, String, FileAccess);

/// The files of a service's document.
pub(super) fn shown(document: &Value) -> BTreeMap<String, Shown> {
    let of_kind = |kind: StoredKind| {
        let (path, _, key) = kind.keys();
        let all = document.pointer(path).and_then(Value::as_array).into_iter().flatten();
        all.filter_map(move |entry| {
            let file = entry.get("File")?;
            let text = |key: &str| file.get(key).and_then(Value::as_str).unwrap_or_default();
            let id = |key: &str| text(key).parse().unwrap_or_default();
            let mode = file.get("Mode").and_then(Value::as_u64).and_then(|mode| u32::try_from(mode).ok());
            let access = FileAccess { uid: id("UID"), gid: id("GID"), mode: mode.unwrap_or_default() };
            let target = match (text("Name"), kind) {
                (name, _) if name.starts_with('/') => name.to_owned(),
                (name, StoredKind::Secret) => format!("{SECRETS}{name}"),
                (name, StoredKind::Config) => format!("/{name}"),
            };
            let name = entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            Some((target, (kind, name, access)))
        })
    };
    StoredKind::ALL.into_iter().flat_map(of_kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_and_ends_with_its_digest() {
        let digest = "0123456789abcdef".repeat(4);
        assert_eq!(stored_name("shop", "app.conf", &digest), "shop_app.conf-0123456789ab");
        let long = stored_name("shop", &"é/".repeat(40), &digest);
        assert!(is_stored_name(&long) && !is_stored_name("shop_app") && !is_stored_name("a-0123456789ab"));
        assert_eq!((long.len(), &long[..8]), (LONGEST, "shop____"));
        assert!(long.ends_with("-0123456789ab"));
    }
}
