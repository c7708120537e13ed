//! Volumes of an instance, from its own settings and those of its service.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::{Resolver, Section, bad};
use crate::document::{file::Schema, scalar::as_scalar, volumes::VolumeSection};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    model::{container::Mount, name::is_container_name},
    source::{Span, Spanned},
};

/// Files in /proc over which engines mount others, as tools that tell containers their own limits do.
const PROC: [&str; 11] = [
    "cpuinfo",
    "diskstats",
    "meminfo",
    "stat",
    "swaps",
    "uptime",
    "loadavg",
    "slabinfo",
    "net/dev",
    "sys/kernel/ns_last_pid",
    "sys/crypto/fips_enabled",
];

/// Files that engines make in every container.
const FILES: [&str; 3] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];

/// The parts of a whole path, as engines tidy it up.
fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts
}

impl Resolver<'_, '_> {
    /// Bind mounts and anonymous volumes; no path inside may be taken twice. What the instance says about a path counts
    /// over what its service says.
    pub(super) fn volumes(&mut self, section: Section<'_>) -> (Vec<Mount>, Vec<String>) {
        let mut inside: IndexMap<String, (String, Option<Mount>)> = IndexMap::new();
        let (service, instance) = (&section.service.settings, &section.instance.settings);
        // A list is replaced as a whole.
        let inherited: &[_] =
            if instance.container_volumes.is_empty() { &service.container_volumes } else { &[] };
        let levels = [(&service.volumes, inherited), (&instance.volumes, &instance.container_volumes[..])];
        for (volumes, anonymous) in levels {
            let mut level: Vec<(String, Option<Mount>, Span)> = Vec::new();
            for volume in volumes {
                level.extend(
                    self.mount(volume).map(|(mount, span)| (mount.target.clone(), Some(mount), span)),
                );
            }
            for path in anonymous {
                if self.check_inside(path, None) {
                    level.push((path.value.clone(), None, path.span));
                }
            }
            let mut own: HashMap<String, Span> = HashMap::new();
            for (path, mount, span) in level {
                let trimmed = path.trim_end_matches('/');
                let slot = if trimmed.is_empty() { path.clone() } else { trimmed.to_owned() };
                let place = parts(&path).join("/");
                if let Some(first) = own.insert(place.clone(), span) {
                    self.volume_conflict(&path, span, first);
                }
                inside.insert(place, (slot, mount));
            }
        }
        let mut mounts = Vec::new();
        let mut volumes = Vec::new();
        for (path, mount) in inside.into_values() {
            match mount {
                Some(mount) => mounts.push(mount),
                None => volumes.push(path),
            }
        }
        (mounts, volumes)
    }

    fn mount(&mut self, volume: &VolumeSection) -> Option<(Mount, Span)> {
        let mode = volume.mode.as_ref().map_or_else(|| "rw".to_owned(), |mode| mode.value.clone());
        let (source, target) = if volume.detailed || !self.is_schema_one() {
            (&volume.left, &volume.right)
        } else {
            (&volume.right, &volume.left)
        };
        if volume.detailed && self.is_schema_one() {
            self.diagnostics.push(
                bad(
                    "schema",
                    "a volume written as a mapping needs schema 2",
                    volume.left.span,
                    "this is the path inside",
                )
                .note(self.order_note())
                .help(Self::in_schema_one(volume)),
            );
            return None;
        }
        let inside = self.check_inside(target, Some(source)) && self.check_engines_files(target, source);
        let outside = self.check_outside(source);
        let fits = !inside || !outside || self.check_mode(volume, source);
        (inside && outside && fits).then(|| {
            (Mount { source: source.value.clone(), target: target.value.clone(), mode }, target.span)
        })
    }

    /// Tells a mode that engines take for the other kind of mount only.
    fn check_mode(&mut self, volume: &VolumeSection, source: &Spanned<String>) -> bool {
        let Some(mode) = &volume.mode else { return true };
        let is_path = source.value.starts_with('/');
        let wrong = mode.value.split(',').find(|part| match *part {
            "nocopy" => is_path,
            "shared" | "rshared" | "slave" | "rslave" | "private" | "rprivate" => !is_path,
            _ => false,
        });
        let Some(wrong) = wrong.map(str::to_owned) else { return true };
        let text = format!(
            "`{wrong}` does not go with {}",
            if is_path { "a path of the ship" } else { "a named volume" }
        );
        let label =
            format!("only {} takes it", if is_path { "a named volume" } else { "a path of the ship" });
        self.diagnostics
            .push(bad("bad-mode", text, mode.span, label).help(Self::without(mode, wrong.as_str())));
        false
    }

    /// The mode without a word, if it has others.
    fn without(mode: &Spanned<String>, word: &str) -> Help {
        let rest: Vec<&str> = mode.value.split(',').filter(|part| *part != word).collect();
        let rest = if rest.is_empty() { "rw".to_owned() } else { rest.join(",") };
        Help::from("leave it out").replace(mode.span, as_scalar(&rest))
    }

    fn order_note(&self) -> &'static str {
        match self.document.schema {
            Schema::One => {
                "a file without `__maestro: {schema: 2}` has schema 1: its `volumes` read `container: ship`"
            }
            Schema::Two => "this file has schema 2: its `volumes` read `ship: container`",
        }
    }

    /// What to write for a volume in schema 2's form, so that it is mounted the same way and no other volume of the
    /// file is turned around.
    fn in_schema_one(volume: &VolumeSection) -> Help {
        let (left, right) = (&volume.left.value, &volume.right.value);
        let plain = format!("write `{right}: {left}`");
        match volume.mode.as_ref().filter(|mode| mode.value != "rw") {
            None => match volume.whole {
                Some(whole) => {
                    let help = Help::from(plain).replace(volume.left.span, as_scalar(right));
                    help.replace(whole, as_scalar(left))
                }
                None => plain.into(),
            },
            Some(mode) => format!(
                "{plain}; for the mode `{}` add `__maestro: {{schema: 2}}` at the top, and turn all other `volumes` of the \
                 file into `ship: container`",
                mode.value
            )
            .into(),
        }
    }

    /// Whether this can be a path inside. A suggestion never puts the ship's side inside: what it says of a mount whose
    /// sides are the wrong way round is to turn them.
    fn check_inside(&mut self, path: &Spanned<String>, ship: Option<&Spanned<String>>) -> bool {
        if path.value.starts_with('/') {
            return self.check_whole(path, ship.is_some());
        }
        let text = format!("`{}` is not a path inside a container", path.value);
        let note = self.order_note();
        let here = &path.value;
        let help = match (ship.map(|ship| ship.value.as_str()), self.is_schema_one()) {
            (None, _) => {
                let whole = format!("/{}", here.trim_start_matches("./"));
                Help::from(format!("write the whole path: `{whole}`")).replace(path.span, as_scalar(&whole))
            }
            (Some(other), _) if !other.starts_with('/') => {
                "write the whole path inside the container: it begins with `/`".into()
            }
            (Some(other), one) if is_container_name(here) => {
                let entry = if one { format!("{other}: {here}") } else { format!("{here}: {other}") };
                let help = Help::from(format!("if `{here}` is the name of a volume, write `{entry}`"));
                match ship {
                    Some(ship) => {
                        help.replace(path.span, as_scalar(other)).replace(ship.span, as_scalar(here))
                    }
                    None => help,
                }
            }
            (Some(other), one) => {
                let entry = if one { format!("{other}: /…") } else { format!("/…: {other}") };
                format!(
                    "if `{other}` is inside, write `{entry}` with the whole path that `{here}` has on the ship; if it is on the \
                     ship, write the whole path inside"
                )
                .into()
            }
        };
        self.diagnostics
            .push(bad("bad-volume", text, path.span, "it must begin with `/`").note(note).help(help));
        false
    }

    /// Whether an engine takes a whole path inside.
    fn check_whole(&mut self, path: &Spanned<String>, mounted: bool) -> bool {
        let parts = parts(&path.value);
        if parts.is_empty() {
            let text = "nothing can be mounted over the whole of a container";
            self.diagnostics.push(
                bad("bad-volume", text, path.span, "this is the root of its files")
                    .help("write the path of a directory inside, for example `/data`"),
            );
            return false;
        }
        if parts[0] == "proc" && !PROC.contains(&parts[1..].join("/").as_str()) {
            let text = format!("nothing can be mounted at `{}`", path.value);
            self.diagnostics.push(
                bad("bad-volume", text, path.span, "no engine mounts anything in /proc")
                    .help("mount it elsewhere, for example at `/host/proc`"),
            );
            return false;
        }
        !mounted || self.check_colon(path)
    }

    /// Tells a named volume, which is a directory, in the place of a file that the engine makes.
    fn check_engines_files(&mut self, target: &Spanned<String>, source: &Spanned<String>) -> bool {
        let path = format!("/{}", parts(&target.value).join("/"));
        if source.value.starts_with('/') || !FILES.contains(&path.as_str()) {
            return true;
        }
        let text = format!("a named volume cannot be mounted at `{path}`");
        self.diagnostics.push(
            bad("bad-volume", text, target.span, "this is a file, and a volume is a directory")
                .help("mount a file of the ship there, or leave it out"),
        );
        false
    }

    /// Engines part the two sides of a mount at a colon, so no path can have one.
    fn check_colon(&mut self, path: &Spanned<String>) -> bool {
        if !path.value.contains(':') {
            return true;
        }
        let text = format!("`{}` has a `:` in it, at which an engine ends a path", path.value);
        self.diagnostics.push(
            bad("bad-volume", text, path.span, "no engine mounts this")
                .help("rename the directory, or mount the one above it"),
        );
        false
    }

    fn check_outside(&mut self, path: &Spanned<String>) -> bool {
        if path.value.starts_with('/') {
            return self.check_colon(path);
        }
        if is_container_name(&path.value) {
            return true;
        }
        let text = format!("`{}` is neither a path on the ship nor the name of a volume", path.value);
        let note = self.order_note();
        self.diagnostics.push(
            bad("bad-volume", text, path.span, "a path begins with `/`, a name with a letter or digit")
                .note(note)
                .help("write the whole path: it counts on the ship, not on this machine"),
        );
        false
    }

    fn volume_conflict(&mut self, path: &str, span: Span, first: Span) {
        self.diagnostics.push(
            Diagnostic::error("volume-conflict", format!("two volumes want the same path inside: `{path}`"))
                .at(span, "again")
                .also(first, "first")
                .help("leave one of them out, or give it another path inside"),
        );
    }
}
