//! The rules of `docker cp`: where a copy goes, and under which name.

use maestro_core::fault::ArchiveFault;

/// What is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedPath<'a> {
    /// Its path as it was written.
    pub path: &'a str,
    /// Whether it is a directory.
    pub is_directory: bool,
}

/// What is at the path that it is copied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceKind {
    /// A directory.
    Directory,
    /// Something else.
    File,
    /// Nothing.
    Missing,
}

/// Where a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyPlacement {
    /// The directory that it is unpacked in, which has to exist.
    pub directory: String,
    /// The name that it has there; none puts what a directory has into `directory`.
    pub name: Option<String>,
}

/// The path without slashes and `/.` at its end.
#[must_use]
pub fn trimmed(path: &str) -> &str {
    let mut path = path;
    loop {
        let shorter = path.trim_end_matches('/');
        let shorter = shorter.strip_suffix("/.").unwrap_or(shorter);
        if shorter.len() == path.len() {
            return if path.is_empty() { "/" } else { path };
        }
        path = shorter;
    }
}

/// The last part of a path; `.` of a root.
#[must_use]
pub fn name(path: &str) -> &str {
    match trimmed(path).rsplit('/').next() {
        None | Some("" | "." | "..") => ".",
        Some(name) => name,
    }
}

/// The directory that a path is in.
#[must_use]
pub fn parent(path: &str) -> &str {
    match trimmed(path).rsplit_once('/') {
        None => ".",
        Some(("", _)) => "/",
        Some((parent, _)) => parent,
    }
}

/// Whether only what a directory has is copied.
fn is_contents(path: &str) -> bool {
    path.ends_with("/.") || path == "." || name(path) == "."
}

/// Whether a path says that it is a directory's.
fn means_directory(path: &str) -> bool {
    path.ends_with('/') || is_contents(path)
}

/// Where `source` goes if it is copied to `path`, where `target` is.
///
/// # Errors
/// If it cannot go there.
pub fn placement(
    source: &CopiedPath<'_>,
    path: &str,
    target: PlaceKind,
) -> Result<CopyPlacement, ArchiveFault> {
    if !source.is_directory && means_directory(source.path) {
        return Err(ArchiveFault::NotADirectory(source.path.to_owned()));
    }
    let renamed = || CopyPlacement { directory: parent(path).to_owned(), name: Some(name(path).to_owned()) };
    match target {
        PlaceKind::Directory => Ok(CopyPlacement {
            directory: path.to_owned(),
            name: (!is_contents(source.path)).then(|| name(source.path).to_owned()),
        }),
        PlaceKind::File if source.is_directory => Err(ArchiveFault::OverFile(path.to_owned())),
        PlaceKind::File if means_directory(path) => Err(ArchiveFault::NotADirectory(path.to_owned())),
        PlaceKind::Missing if !source.is_directory && means_directory(path) => {
            Err(ArchiveFault::NoDirectory(path.to_owned()))
        }
        PlaceKind::File | PlaceKind::Missing => Ok(renamed()),
    }
}

/// The name that a member of an archive gets whose first part is `root`; none if it is left out: it is a directory whose
/// content alone is copied. The parts of a name are joined without a slash at the end.
///
/// # Errors
/// If the name leads out of the directory that the archive is unpacked in.
pub fn member(member: &str, root: &str, placed: Option<&str>) -> Result<Option<String>, ArchiveFault> {
    let leads_out = || ArchiveFault::LeadsOut(member.to_owned());
    if member.starts_with('/') || member.split('/').any(|part| part == "..") {
        return Err(leads_out());
    }
    let parts = member.split('/').filter(|part| !part.is_empty() && *part != ".");
    let mut parts: Vec<&str> = parts.collect();
    if root != "." {
        if parts.first() != Some(&root) {
            return Err(leads_out());
        }
        parts.remove(0);
    }
    if let Some(placed) = placed {
        parts.insert(0, placed);
    }
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// Whether a symbolic link of that name, with a relative target, leads out of the directory that it is unpacked in.
/// Absolute targets lead to another place on each machine, and nothing is written through links.
#[must_use]
pub fn link_leads_out(name: &str, target: &str) -> bool {
    if target.starts_with('/') {
        return false;
    }
    let mut depth = name.split('/').count() - 1;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Where a copy goes: `directory name`.
    fn to(path: &str, is_directory: bool, target: (&str, PlaceKind)) -> Result<String, ArchiveFault> {
        let placed = placement(&CopiedPath { path, is_directory }, target.0, target.1)?;
        Ok(format!("{} {}", placed.directory, placed.name.unwrap_or_else(|| "*".to_owned())))
    }

    /// As the table of `docker cp --help` has it.
    #[test]
    fn a_copy_goes_where_docker_cp_lets_it_go() {
        use PlaceKind::{Directory, File, Missing};
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(to("/a/f", false, ("new", Missing)), ok(". new"));
        assert_eq!(to("/a/f", false, ("/x/new", Missing)), ok("/x new"));
        assert_eq!(to("/a/f", false, ("/new", Missing)), ok("/ new"));
        assert_eq!(to("/a/f", false, ("/x/new/", Missing)), Err(ArchiveFault::NoDirectory("/x/new/".into())));
        assert_eq!(to("/a/f", false, ("/x/old", File)), ok("/x old"));
        assert_eq!(to("/a/f", false, ("/x", Directory)), ok("/x f"));
        assert_eq!(to("/a/d", true, ("/x/new", Missing)), ok("/x new"));
        assert_eq!(to("/a/d/.", true, ("/x/new", Missing)), ok("/x new"));
        assert_eq!(to("/a/d", true, ("/x/old", File)), Err(ArchiveFault::OverFile("/x/old".into())));
        assert_eq!(to("/a/d", true, ("/x", Directory)), ok("/x d"));
        assert_eq!(to("/a/d/", true, ("/x", Directory)), ok("/x d"));
        assert_eq!(to("/a/d/.", true, ("/x", Directory)), ok("/x *"));
        assert_eq!(to(".", true, ("/x", Directory)), ok("/x *"));
        assert_eq!(to("/", true, ("/x", Directory)), ok("/x *"));
        assert_eq!(to("/a/f/", false, ("/x", Directory)), Err(ArchiveFault::NotADirectory("/a/f/".into())));
    }

    #[test]
    fn members_are_renamed_by_their_first_part() {
        let of = |name: &str, root, placed| member(name, root, placed).unwrap();
        assert_eq!(of("d/a/b", "d", Some("e")).as_deref(), Some("e/a/b"));
        assert_eq!(of("d/", "d", Some("e")).as_deref(), Some("e"));
        assert_eq!(of("d/", "d", None), None);
        assert_eq!(of("d/a/", "d", None).as_deref(), Some("a"));
        assert_eq!(of("./a", ".", None).as_deref(), Some("a"));
        for wrong in ["../a", "d/../../a", "/etc/passwd", "d/a/..", "e/a"] {
            assert!(member(wrong, "d", Some("d")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_relative_link_may_not_lead_out() {
        assert!(
            !link_leads_out("d/a", "b") && !link_leads_out("d/a", "../b") && !link_leads_out("a", "/etc")
        );
        assert!(link_leads_out("a", "../b") && link_leads_out("d/a", "x/../../../b"));
    }

    proptest! {
        #[test]
        fn no_name_leads_out(name in "[./a-c]{0,12}", root in "[a-c.]", placed in proptest::option::of("[a-c]")) {
            if let Ok(Some(to)) = member(&name, &root, placed.as_deref()) {
                prop_assert!(!to.starts_with('/'));
                prop_assert!(to.split('/').all(|part| !part.is_empty() && part != "." && part != ".."));
            }
        }
    }
}
