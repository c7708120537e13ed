//! Short forms of mounts: `/target`, `source:/target`, `./folder:/target:ro,z`.

use crate::compose::{
    element::{Content, Element},
    path,
};
use maestro_core::source::Span;

const PROPAGATIONS: [&str; 6] = ["rprivate", "private", "rshared", "shared", "rslave", "slave"];

/// Modes that mean something.
pub(super) const MODES: [&str; 11] =
    ["ro", "rw", "nocopy", "z", "Z", "rprivate", "private", "rshared", "shared", "rslave", "slave"];

/// A mount in its long form, and options that mean nothing.
pub(super) struct ReadMount {
    pub mount: Element,
    pub unknown: Vec<String>,
}

/// Reads a short form. The text says what is wrong.
pub(super) fn read(text: &str, span: Span) -> Result<ReadMount, &'static str> {
    let parts = if text.chars().count() <= 2 { vec![text] } else { parts(text) };
    if parts.iter().any(|part| part.is_empty()) {
        return Err("a part between its colons is empty");
    }
    let (source, target, options) = match parts[..] {
        [target] => ("", target, ""),
        [source, target] => (source, target, ""),
        [source, target, options] => (source, target, options),
        _ => return Err("it has too many colons"),
    };
    let is_bind = is_path(source);
    let mut mount =
        Element::mapping(span, [("type", Content::from(if is_bind { "bind" } else { "volume" }))]);
    if !source.is_empty() {
        mount.add("source", Content::from(source));
    }
    mount.add("target", Content::from(path::clean(target).as_str()));
    let (mut bind, mut volume) = (Element::mapping(span, []), Element::mapping(span, []));
    let (mut has_bind, mut unknown) = (is_bind, Vec::new());
    for option in options.split(',').filter(|option| !option.is_empty()) {
        match option {
            "ro" => mount.add("read_only", Content::Boolean(true)),
            "rw" => {}
            "nocopy" => volume.add("nocopy", Content::Boolean(true)),
            "z" | "Z" => {
                has_bind = true;
                bind.add("selinux", Content::from(option));
            }
            option if PROPAGATIONS.contains(&option) => {
                has_bind = true;
                bind.add("propagation", Content::from(option));
            }
            option => unknown.push(option.to_owned()),
        }
    }
    if is_bind {
        bind.add("create_host_path", Content::Boolean(true));
    }
    if has_bind {
        mount.add("bind", bind.content);
    }
    let has_volume = volume.members().is_some_and(|members| !members.is_empty());
    if !is_bind || has_volume {
        mount.add("volume", volume.content);
    }
    Ok(ReadMount { mount, unknown })
}

/// The parts between colons. The colon behind one letter is that of a drive of Windows.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(':') {
        let part = &text[start..at];
        let mut characters = part.chars();
        let is_drive = characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none();
        if !is_drive {
            parts.push(part);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Whether a source is a path of the host, not the name of a volume.
fn is_path(source: &str) -> bool {
    let mut characters = source.chars();
    match characters.next() {
        Some('.' | '/' | '~') => true,
        Some('\\') => source.starts_with("\\\\"),
        Some(first) => first.is_alphabetic() && characters.next() == Some(':'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maestro_core::source::Sources;
    use proptest::prelude::*;

    fn span() -> Span {
        Span::new(Sources::default().add("", ""), 0..0)
    }

    #[test]
    fn short_forms_are_read() {
        for (text, kind, source, target) in [
            ("/data", "volume", None, "/data"),
            ("db:/data", "volume", Some("db"), "/data"),
            ("./a:/data/", "bind", Some("./a"), "/data"),
            ("/a:/data:ro", "bind", Some("/a"), "/data"),
            ("~/a:/data", "bind", Some("~/a"), "/data"),
            ("C:\\a:/data", "bind", Some("C:\\a"), "/data"),
        ] {
            let mount = read(text, span()).map(|read| read.mount).unwrap();
            let found = ["type", "source", "target"].map(|key| mount.text_of(key));
            assert_eq!(found, [Some(kind), source, Some(target)], "{text}");
        }
        let read = read("./a:/b:ro,z,rslave,cached", span()).map_err(ToOwned::to_owned).unwrap();
        assert_eq!(read.unknown, ["cached"]);
        assert!(read.mount.get("read_only").is_some_and(Element::is_true));
        let bind = read.mount.get("bind").unwrap();
        assert_eq!((bind.text_of("selinux"), bind.text_of("propagation")), (Some("z"), Some("rslave")));
    }

    #[test]
    fn what_is_no_mount_is_refused() {
        for text in ["", "data::", "db::/data", "db:/a:ro:x"] {
            assert!(read(text, span()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z:./~,\\\\]{0,20}|\\PC*") {
            let _ = read(&text, span());
        }
    }
}
