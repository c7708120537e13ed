//! `tmpfs`: memory that a container mounts, with the options of its mount.

use std::collections::BTreeMap;

use crate::document::{
    read::{Field, Reader},
    scalar::as_scalar,
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest},
    source::Spanned,
};

/// The options with a value that engines take (`MergeTmpfsOptions` of moby's `mount`).
const VALUES: [&str; 7] = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"];

/// Those without one.
const FLAGS: [&str; 31] = [
    "defaults",
    "ro",
    "rw",
    "suid",
    "nosuid",
    "dev",
    "nodev",
    "exec",
    "noexec",
    "sync",
    "async",
    "dirsync",
    "mand",
    "nomand",
    "atime",
    "noatime",
    "diratime",
    "nodiratime",
    "private",
    "rprivate",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "unbindable",
    "runbindable",
    "relatime",
    "norelatime",
    "strictatime",
    "nostrictatime",
    "",
];

/// Reads a path, or a list of paths, each with options behind a `:`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> BTreeMap<String, String> {
    let texts = reader.texts(field.value, "`tmpfs`", "tmpfs: [/run]");
    let mut mounts = BTreeMap::new();
    for text in texts {
        let (path, options) = text.value.split_once(':').unwrap_or((&text.value, ""));
        if !path.starts_with('/') {
            let whole = format!("/{}", text.value.trim_start_matches("./"));
            reader.diagnostics.push(
                Diagnostic::error("bad-path", format!("`{path}` is not a path inside a container"))
                    .at(text.span, "it must begin with `/`")
                    .help(format!("write the whole path, for example `tmpfs: {whole}`"))
                    .replace(text.span, as_scalar(&whole)),
            );
            continue;
        }
        check_options(reader.diagnostics, &text);
        mounts.insert(path.to_owned(), options.to_owned());
    }
    mounts
}

/// Tells the first option of `PATH:OPTION,OPTION` that no engine takes.
pub(crate) fn check_options(diagnostics: &mut Diagnostics, mount: &Spanned<String>) {
    let Some((_, options)) = mount.value.split_once(':') else { return };
    let is_known = |option: &str| match option.split_once('=') {
        Some((name, _)) => VALUES.contains(&name),
        None => FLAGS.contains(&option),
    };
    let Some(wrong) = options.split(',').find(|option| !is_known(option)) else { return };
    let (name, value) = wrong.split_once('=').map_or((wrong, None), |(name, value)| (name, Some(value)));
    let known = if value.is_some() { &VALUES[..] } else { &FLAGS[..] };
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => {
            let meant = mount.value.replacen(wrong, &wrong.replacen(name, near, 1), 1);
            Help::from(format!("did you mean `{near}`?")).replace(mount.span, as_scalar(&meant))
        }
        None if VALUES.contains(&name) => format!("write `{name}=VALUE`").into(),
        None => Help::from("write for example `/run:size=64m,mode=1770,noexec`"),
    };
    diagnostics.push(
        Diagnostic::error("bad-tmpfs", format!("`{wrong}` is not an option of `tmpfs`"))
            .at(mount.span, "no engine knows it")
            .help(help),
    );
}
