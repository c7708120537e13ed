//! Paths as texts, as a Compose file has them: of the host that reads it or of a container, with `/` between their parts.

/// The shortest path that means the same.
#[must_use]
pub fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (is_absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Whether a path means the same wherever it is read, be it of Windows.
pub(super) fn is_absolute(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with('/')
        || path.starts_with("\\\\")
        || matches!(bytes, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

/// The path as it is seen from a directory.
pub(super) fn join(directory: &str, path: &str) -> String {
    if is_absolute(path) { path.to_owned() } else { clean(&format!("{directory}/{path}")) }
}

/// The absolute path of one that counts from `directory`; `~` is the home directory.
pub(super) fn absolute(directory: &str, home: Option<&str>, written: &str) -> String {
    match (written.strip_prefix('~'), home) {
        (Some(rest), Some(home)) => clean(&format!("{home}/{rest}")),
        _ => join(directory, written),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_shortened() {
        for (path, meant) in [
            ("/a/b/", "/a/b"),
            ("/a/./b/../c", "/a/c"),
            ("/..", "/"),
            ("./a", "a"),
            ("../a", "../a"),
            ("a/..", "."),
            ("", "."),
            ("../../a/../..", "../../.."),
        ] {
            assert_eq!(clean(path), meant, "{path}");
        }
        assert_eq!(join("/a/b", "../c"), "/a/c");
        assert_eq!(join("/a/b", "/c"), "/c");
        assert_eq!(join("/a", "C:\\x"), "C:\\x");
    }

    proptest! {
        #[test]
        fn a_short_path_stays(path in "[a./]{0,12}") {
            let cleaned = clean(&path);
            prop_assert_eq!(clean(&cleaned), cleaned);
        }
    }
}
