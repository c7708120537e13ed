//! Files that are copied into a container before its first start: the configs and secrets of a Compose file.
//!
//! A specification has where each file is and a digest of its content, so that another content makes another container.
//! The content itself is in the model alone. It is in no label, no record, no saved plan and no output.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use crate::value::sha256;

/// Digits of a digest.
const DIGITS: usize = 64;

/// Content of a file. It is never shown, and nothing serialises it.
#[derive(Clone, PartialEq, Eq)]
pub struct FileContent(Arc<[u8]>);

impl FileContent {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A digest that differs for the same content in another environment, service or file.
    fn digest(&self, environment: &str, service: &str, target: &str) -> String {
        // None of the parts can contain a zero byte, so no two salts are the same.
        let salt = [environment, service, target].join("\0");
        sha256::digits(&[salt.as_bytes(), b"\0", self.bytes()].concat(), DIGITS)
    }
}

impl From<Vec<u8>> for FileContent {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for FileContent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("FileContent(hidden)")
    }
}

/// Who may do what with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileAccess {
    /// Id of the user that owns it.
    pub uid: u32,
    /// Id of its group.
    pub gid: u32,
    /// Permissions: `0o444`.
    pub mode: u32,
}

/// A file as a specification has it: everything but the content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileSpec {
    /// Salted digest of the content; none if the content was not read, because the command does not need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Who may do what with it.
    #[serde(flatten)]
    pub access: FileAccess,
    /// Whether the directory of the file is an anonymous volume of the container's own: no engine copies a file into a
    /// root that is read-only, and what is below a `tmpfs` disappears at the start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_volume: bool,
}

/// Files of a specification, by their paths in the container.
pub type FileSpecs = BTreeMap<String, FileSpec>;

/// The config or secret of a user's file that a file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOrigin {
    /// Its name.
    pub name: String,
    /// Whether it is a secret.
    pub is_secret: bool,
    /// Where its content comes from.
    pub source: ContentSource,
}

/// Where the content of a config or secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentSource {
    /// A file of this machine, as its path is written.
    File(String),
    /// A variable of the process.
    Variable(String),
    /// What a program prints.
    Command(Vec<String>),
    /// The user's file itself.
    Written,
}

/// A file with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedFile {
    /// Path in the container.
    pub target: String,
    /// Everything but the content.
    pub spec: FileSpec,
    /// The content.
    pub content: FileContent,
    /// The signal at which its program reads it again, so that another content needs no other container.
    pub on_change: Option<String>,
    /// What it comes from; none if that is no config and no secret.
    pub origin: Option<FileOrigin>,
}

impl CarriedFile {
    /// A file of the containers of an environment's service.
    #[must_use]
    pub fn new(
        (environment, service): (&str, &str),
        target: &str,
        access: FileAccess,
        own_volume: bool,
        content: FileContent,
    ) -> Self {
        let digest = Some(content.digest(environment, service, target));
        let spec = FileSpec { digest, access, own_volume };
        Self { target: target.to_owned(), spec, content, on_change: None, origin: None }
    }

    /// The same for a program that reads the file again at that signal, if there is one.
    #[must_use]
    pub fn on_change(self, signal: Option<String>) -> Self {
        Self { on_change: signal, ..self }
    }

    /// The same file, which comes from that config or secret, if it comes from one.
    #[must_use]
    pub fn of(self, origin: Option<FileOrigin>) -> Self {
        Self { origin, ..self }
    }

    /// Its name in its directory.
    #[must_use]
    pub fn name(&self) -> &str {
        self.target.rsplit_once('/').map_or(&self.target, |(_, name)| name)
    }

    /// The directory that it is in.
    #[must_use]
    pub fn directory(&self) -> &str {
        directory(&self.target)
    }
}

/// Files of a container with their contents. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CarriedFiles(Arc<[CarriedFile]>);

impl CarriedFiles {
    /// The files.
    pub fn iter(&self) -> std::slice::Iter<'_, CarriedFile> {
        self.0.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The files as a specification has them.
    #[must_use]
    pub fn specs(&self) -> FileSpecs {
        self.iter().map(|file| (file.target.clone(), file.spec.clone())).collect()
    }

    /// The files of a specification with the contents that these files have. For a file whose content none of them has,
    /// there is none.
    #[must_use]
    pub fn filled(&self, specs: &FileSpecs) -> Self {
        let file = |(target, spec): (&String, &FileSpec)| {
            let same = self.iter().find(|file| file.target == *target && file.spec.digest == spec.digest)?;
            Some(CarriedFile { spec: spec.clone(), ..same.clone() }).filter(|file| file.target == *target)
        };
        specs.iter().filter_map(file).collect()
    }

    /// Paths of the files of a specification that are not among these.
    #[must_use]
    pub fn lacking(&self, specs: &FileSpecs) -> Vec<String> {
        let has = |target: &str| self.iter().any(|file| file.target == target);
        specs.keys().filter(|target| !has(target)).cloned().collect()
    }
}

impl FromIterator<CarriedFile> for CarriedFiles {
    fn from_iter<I: IntoIterator<Item = CarriedFile>>(files: I) -> Self {
        Self(files.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a CarriedFiles {
    type Item = &'a CarriedFile;
    type IntoIter = std::slice::Iter<'a, CarriedFile>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The directory of a path.
#[must_use]
pub fn directory(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((directory, _)) => directory,
    }
}

/// The directories that are anonymous volumes because of these files.
#[must_use]
pub fn own_volumes(files: &FileSpecs) -> BTreeSet<String> {
    let own = files.iter().filter(|(_, file)| file.own_volume);
    own.map(|(target, _)| directory(target).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCESS: FileAccess = FileAccess { uid: 0, gid: 0, mode: 0o444 };

    fn file(environment: &str, service: &str, target: &str, content: &str) -> CarriedFile {
        let content = content.as_bytes().to_vec().into();
        CarriedFile::new((environment, service), target, ACCESS, false, content)
    }

    #[test]
    fn the_same_content_has_another_digest_elsewhere() {
        let digest = |file: CarriedFile| file.spec.digest;
        let one = digest(file("shop", "web", "/a", "x"));
        assert_eq!(one, digest(file("shop", "web", "/a", "x")));
        assert_eq!(one.as_ref().map(String::len), Some(64));
        for other in [
            file("shop", "web", "/a", "y"),
            file("shop", "web", "/ax", ""),
            file("shop", "web", "/b", "x"),
            file("shop", "api", "/a", "x"),
            file("test", "web", "/a", "x"),
            file("shopweb", "", "/a", "x"),
        ] {
            assert_ne!(one, digest(other));
        }
    }

    #[test]
    fn a_content_is_not_shown() {
        assert!(!format!("{:?}", file("shop", "web", "/a", "hunter2")).contains("hunter2"));
    }

    #[test]
    fn contents_are_found_by_their_digests() {
        let given: CarriedFiles =
            [file("shop", "web", "/a", "new"), file("shop", "web", "/b", "same")].into_iter().collect();
        let then: CarriedFiles =
            [file("shop", "web", "/a", "old"), file("shop", "web", "/b", "same")].into_iter().collect();
        let filled = given.filled(&then.specs());
        assert_eq!(filled.iter().map(CarriedFile::directory).collect::<Vec<_>>(), ["/"]);
        assert_eq!(filled.lacking(&then.specs()), ["/a"]);
    }

    #[test]
    fn a_directory_is_a_volume_only_if_a_file_asks_for_it() {
        let mut one = file("shop", "web", "/run/secrets/a", "x");
        one.spec.own_volume = true;
        let files: CarriedFiles = [one, file("shop", "web", "/etc/b", "x")].into_iter().collect();
        assert_eq!(own_volumes(&files.specs()).into_iter().collect::<Vec<_>>(), ["/run/secrets"]);
    }
}
