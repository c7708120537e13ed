//! What an image is built from.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path, PathBuf},
};

use ring::digest::{Context, SHA256};

use crate::{ContextEntry, ContextEntryKind, ContextError, DigestCache, IgnoreRules, cache::hex, walk::walk};

/// A Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dockerfile {
    /// One in the context, by its path there, with `/`.
    Inside(String),
    /// One that is not in the context, by its text: written in the file (`dockerfile_inline`), or somewhere else.
    Text(Vec<u8>),
}

impl Dockerfile {
    /// The Dockerfile at a path, which begins at the context.
    ///
    /// # Errors
    ///
    /// If there is none, or it cannot be read.
    pub fn at(context: &Path, path: &str) -> Result<Self, ContextError> {
        let whole = clean(&context.join(path));
        let text = fs::read(&whole).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if context.is_dir() => {
                ContextError::NoDockerfile(whole.clone())
            }
            io::ErrorKind::NotFound => ContextError::Missing(context.to_owned()),
            io::ErrorKind::NotADirectory => ContextError::NotADirectory(context.to_owned()),
            _ => ContextError::Unreadable { path: whole.clone(), error },
        })?;
        Ok(inside(context, &whole).map_or(Self::Text(text), Self::Inside))
    }
}

/// The path of a file in a context, with `/`; none if it is outside. The file's path is clean; links are not followed.
fn inside(context: &Path, file: &Path) -> Option<String> {
    let names = file.strip_prefix(clean(context)).ok()?.components();
    let names = names.map(|name| name.as_os_str().to_str()).collect::<Option<Vec<_>>>()?;
    (!names.is_empty()).then(|| names.join("/"))
}

pub(crate) fn clean(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut cleaned, part| {
        match part {
            Component::ParentDir => drop(cleaned.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => cleaned.push(part),
        }
        cleaned
    })
}

/// What an image is built from: the files of a directory that its ignore file leaves in, and a Dockerfile.
#[derive(Debug)]
pub struct BuildContext {
    root: PathBuf,
    entries: Vec<ContextEntry>,
    dockerfile: Dockerfile,
    dockerfile_name: String,
}

impl BuildContext {
    /// Looks through the directory `root`; no file but the ignore file is read. `DOCKERFILE.dockerignore` goes before
    /// `.dockerignore`, as with BuildKit. The Dockerfile and the ignore file are always in the context: builders read them.
    ///
    /// # Errors
    ///
    /// If the directory or something in it cannot be read, or the ignore file has bad patterns.
    pub fn read(root: &Path, dockerfile: Dockerfile) -> Result<Self, ContextError> {
        match fs::metadata(root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ContextError::Missing(root.to_owned()));
            }
            Err(error) => return Err(ContextError::Unreadable { path: root.to_owned(), error }),
            Ok(metadata) if !metadata.is_dir() => return Err(ContextError::NotADirectory(root.to_owned())),
            Ok(_) => {}
        }
        let mut always = Vec::new();
        let dockerfile_name = match &dockerfile {
            Dockerfile::Inside(name) => {
                always.push(name.clone());
                name.clone()
            }
            Dockerfile::Text(text) => {
                format!(".dockerfile.{}", &hex(ring::digest::digest(&SHA256, text).as_ref())[..12])
            }
        };
        let rules = match ignore_file(root, &dockerfile)? {
            Some((name, rules)) => {
                always.push(name);
                rules
            }
            None => IgnoreRules::default(),
        };
        Ok(Self { root: root.to_owned(), entries: walk(root, &rules, &always)?, dockerfile, dockerfile_name })
    }

    /// What is in it, in the order of names, each directory before what it has.
    #[must_use]
    pub fn entries(&self) -> &[ContextEntry] {
        &self.entries
    }

    /// The path of the Dockerfile in the archive.
    #[must_use]
    pub fn dockerfile_name(&self) -> &str {
        &self.dockerfile_name
    }

    /// The text of a Dockerfile that is not one of the context's files.
    pub(crate) fn dockerfile_text(&self) -> Option<&[u8]> {
        match &self.dockerfile {
            Dockerfile::Inside(_) => None,
            Dockerfile::Text(text) => Some(text),
        }
    }

    /// The text of the Dockerfile.
    ///
    /// # Errors
    ///
    /// If it cannot be read any more.
    pub fn dockerfile(&self) -> io::Result<Vec<u8>> {
        match &self.dockerfile {
            Dockerfile::Inside(name) => fs::read(self.root.join(name)),
            Dockerfile::Text(text) => Ok(text.clone()),
        }
    }

    /// The sizes of all files together, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        let files = self.entries.iter().filter(|entry| entry.kind == ContextEntryKind::File);
        files.map(|entry| entry.metadata.len()).sum()
    }

    /// The SHA-256 digest of names, kinds, modes, contents and where links lead, in hexadecimal digits. Times and owners do
    /// not count, as in the caches of builders.
    ///
    /// # Errors
    ///
    /// If a file cannot be read.
    pub fn digest(&self, cache: &mut DigestCache) -> Result<String, ContextError> {
        let mut hasher = Context::new(&SHA256);
        for entry in &self.entries {
            let content = match &entry.kind {
                ContextEntryKind::Directory => "directory".to_owned(),
                ContextEntryKind::Link(target) => {
                    format!("link {}", hex(target.as_os_str().as_encoded_bytes()))
                }
                ContextEntryKind::File => {
                    let digest = cache.digest(&entry.name, &entry.path, &entry.metadata);
                    format!("file {}", digest.map_err(ContextError::unreadable(&entry.path))?)
                }
            };
            // Permissions of links mean nothing.
            let mode = match entry.kind {
                ContextEntryKind::Link(_) => 0,
                ContextEntryKind::Directory | ContextEntryKind::File => {
                    entry.metadata.permissions().mode() & 0o7777
                }
            };
            hasher.update(format!("{} {mode:o} {content}\n", hex(entry.name.as_bytes())).as_bytes());
        }
        hasher.update(self.dockerfile_name.as_bytes());
        hasher.update(self.dockerfile_text().unwrap_or_default());
        Ok(hex(hasher.finish().as_ref()))
    }
}

/// The ignore file of a context, by its name there, and what it says. An ignore file beside a Dockerfile that is outside is
/// not known here.
fn ignore_file(root: &Path, dockerfile: &Dockerfile) -> Result<Option<(String, IgnoreRules)>, ContextError> {
    let own = match dockerfile {
        Dockerfile::Inside(name) => Some(format!("{name}.dockerignore")),
        Dockerfile::Text(_) => None,
    };
    for name in own.into_iter().chain([".dockerignore".to_owned()]) {
        let path = root.join(&name);
        match fs::read(&path) {
            Ok(text) => {
                let rules = IgnoreRules::parse(&String::from_utf8_lossy(&text))
                    .map_err(|patterns| ContextError::BadPatterns { path, patterns })?;
                return Ok(Some((name, rules)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(ContextError::Unreadable { path, error }),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
