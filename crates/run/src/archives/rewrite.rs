//! Renames what is in an archive while it passes by.

use std::io::{self, Read, Write};

use tar::{Archive, Builder, EntryType};

use super::rules::member;
use maestro_core::fault::{ArchiveFault, TarFault};

/// How names change, and whose files become.
#[derive(Debug, Clone)]
pub(super) struct Rewriting {
    /// What all names begin with.
    pub(super) root: String,
    /// The name that takes its place; none leaves it out.
    pub(super) name: Option<String>,
    /// Whether files keep their owners; they become root's otherwise.
    pub(super) keeps_owners: bool,
}

/// Rewrites an archive.
pub(super) fn rewrite(from: impl Read, to: impl Write, rewriting: &Rewriting) -> Result<(), ArchiveFault> {
    let invalid = |error: io::Error| ArchiveFault::NotTar(TarFault::Words(error.to_string()));
    let mut from = Archive::new(from);
    let mut to = Builder::new(to);
    let renamed = |name: &str| member(name, &rewriting.root, rewriting.name.as_deref());
    for entry in from.entries().map_err(invalid)? {
        let mut entry = entry.map_err(invalid)?;
        let written = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let Some(name) = renamed(&written)? else { continue };
        let mut header = entry.header().clone();
        header.set_size(entry.size());
        if !rewriting.keeps_owners {
            header.set_uid(0);
            header.set_gid(0);
        }
        // Attributes of the file; what says its name, its target and its size is written anew.
        let mut attributes: Vec<(String, Vec<u8>)> = Vec::new();
        for extension in entry.pax_extensions().map_err(invalid)?.into_iter().flatten() {
            let extension = extension.map_err(invalid)?;
            let key = extension.key().unwrap_or_default();
            if key.starts_with("SCHILY.xattr.") {
                attributes.push((key.to_owned(), extension.value_bytes().to_vec()));
            }
        }
        if !attributes.is_empty() {
            let attributes = attributes.iter().map(|(key, value)| (key.as_str(), value.as_slice()));
            to.append_pax_extensions(attributes).map_err(invalid)?;
        }
        let target = entry.link_name_bytes().map(|target| String::from_utf8_lossy(&target).into_owned());
        let done = match (header.entry_type(), target) {
            (EntryType::Link, Some(target)) => {
                let target = renamed(&target)?.unwrap_or_default();
                to.append_link(&mut header, name, target)
            }
            (EntryType::Symlink, Some(target)) => to.append_link(&mut header, name, target),
            (EntryType::Directory, _) => to.append_data(&mut header, format!("{name}/"), io::empty()),
            (_, _) => to.append_data(&mut header, name, &mut entry),
        };
        done.map_err(invalid)?;
    }
    to.into_inner().and_then(|mut to| to.flush()).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use tar::Header;

    use super::*;

    #[test]
    fn names_owners_and_attributes_come_over() {
        let long = "n".repeat(150);
        let mut archive = Builder::new(Vec::new());
        let header = |kind: EntryType, size| {
            let mut header = Header::new_gnu();
            header.set_entry_type(kind);
            header.set_size(size);
            header.set_mode(0o640);
            header.set_uid(7);
            header
        };
        archive.append_data(&mut header(EntryType::Directory, 0), "d/", io::empty()).unwrap();
        archive.append_pax_extensions([("SCHILY.xattr.user.x", &b"y"[..])]).unwrap();
        archive.append_data(&mut header(EntryType::Regular, 3), format!("d/{long}"), &b"abc"[..]).unwrap();
        archive.append_link(&mut header(EntryType::Link, 0), "d/h", format!("d/{long}")).unwrap();
        archive.append_link(&mut header(EntryType::Symlink, 0), "d/s", "../x").unwrap();
        let archive = archive.into_inner().unwrap();
        for keeps_owners in [false, true] {
            let rewriting = Rewriting { root: "d".into(), name: Some("e".into()), keeps_owners };
            let mut out = Vec::new();
            rewrite(archive.as_slice(), &mut out, &rewriting).unwrap();
            let mut told = Vec::new();
            let mut again = Archive::new(out.as_slice());
            for entry in again.entries().unwrap() {
                let mut entry = entry.unwrap();
                let extensions = entry.pax_extensions().unwrap().map_or(0, Iterator::count);
                let target = entry.link_name().unwrap().map(|target| target.display().to_string());
                let path = entry.path().unwrap().display().to_string();
                assert_eq!(entry.header().uid().unwrap(), if keeps_owners { 7 } else { 0 });
                told.push((path, target, extensions));
            }
            let expected = [
                ("e/".to_owned(), None, 0),
                (format!("e/{long}"), None, 1),
                ("e/h".to_owned(), Some(format!("e/{long}")), 0),
                ("e/s".to_owned(), Some("../x".to_owned()), 0),
            ];
            assert_eq!(told, expected);
        }
    }
}
