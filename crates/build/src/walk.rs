//! Finds the files of a directory that the rules leave in.

use std::{
    fs::{self, DirEntry, Metadata},
    path::{Path, PathBuf},
};

use crate::{ContextError, IgnoreRules, Matched};

/// A file, directory or symbolic link of a context.
#[derive(Debug, Clone)]
pub struct ContextEntry {
    /// Its path within the context, with `/`.
    pub name: String,
    /// Where it is on this machine.
    pub path: PathBuf,
    /// What it is.
    pub kind: ContextEntryKind,
    /// What the system says of it; a link is not followed.
    pub metadata: Metadata,
}

/// What an entry is. Sockets, pipes and devices are left out: no image needs one from its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextEntryKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link, and where it leads.
    Link(PathBuf),
}

/// The entries below `root` in the order of their names, each directory before what it has. A directory that the rules
/// exclude is there if something in it is. `always` are names that no rule excludes.
pub(crate) fn walk(
    root: &Path,
    rules: &IgnoreRules,
    always: &[String],
) -> Result<Vec<ContextEntry>, ContextError> {
    let mut walk = Walk { rules, always, entries: Vec::new() };
    walk.directory(root, "", &Matched::default())?;
    Ok(walk.entries)
}

struct Walk<'a> {
    rules: &'a IgnoreRules,
    always: &'a [String],
    entries: Vec<ContextEntry>,
}

impl Walk<'_> {
    fn directory(&mut self, path: &Path, name: &str, matched: &Matched) -> Result<(), ContextError> {
        let read = fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<DirEntry>, _>>);
        let mut children = read.map_err(ContextError::unreadable(path))?;
        children.sort_by_key(DirEntry::file_name);
        for child in children {
            let own = child.file_name();
            let Some(own) = own.to_str() else { return Err(ContextError::NameIsNotText(child.path())) };
            let name = if name.is_empty() { own.to_owned() } else { format!("{name}/{own}") };
            self.entry(child.path(), name, matched)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: PathBuf, name: String, parent: &Matched) -> Result<(), ContextError> {
        let matched = self.rules.matched(&name, parent);
        let is_excluded = matched.is_excluded && !self.always.contains(&name);
        let metadata = fs::symlink_metadata(&path).map_err(ContextError::unreadable(&path))?;
        if metadata.is_dir() {
            if is_excluded && !self.may_have_something(&name) {
                return Ok(());
            }
            let before = self.entries.len();
            let entry = ContextEntry {
                name: name.clone(),
                path: path.clone(),
                kind: ContextEntryKind::Directory,
                metadata,
            };
            self.entries.push(entry);
            self.directory(&path, &name, &matched)?;
            if is_excluded && self.entries.len() == before + 1 {
                self.entries.truncate(before);
            }
            return Ok(());
        }
        if is_excluded {
            return Ok(());
        }
        let kind = if metadata.is_symlink() {
            ContextEntryKind::Link(fs::read_link(&path).map_err(ContextError::unreadable(&path))?)
        } else if metadata.is_file() {
            ContextEntryKind::File
        } else {
            return Ok(());
        };
        self.entries.push(ContextEntry { name, path, kind, metadata });
        Ok(())
    }

    fn may_have_something(&self, directory: &str) -> bool {
        let inside = format!("{directory}/");
        self.rules.may_include_below(directory) || self.always.iter().any(|name| name.starts_with(&inside))
    }
}
