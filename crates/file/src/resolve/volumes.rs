//! Volumes of an instance, from its own settings and those of its service.

mod colon;

use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;

use super::{Resolver, Section, bad, forms::WrittenMount};
use crate::document::{
    scalar::as_scalar,
    volumes::{VolumeSection, is_of_windows},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    model::{ShipId, container::Mount, name::is_container_name},
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

/// What is mounted at a path inside.
#[derive(Debug, Clone)]
enum Mounted {
    /// A path of the ship, or a named volume.
    Mount(Mount),
    /// An anonymous volume.
    Anonymous,
    /// Memory, with its options.
    Memory(String),
}

/// What an instance mounts.
#[derive(Debug, Default)]
pub(super) struct MountedVolumes {
    /// Paths of the ship and named volumes.
    pub mounts: Vec<Mount>,
    /// Anonymous volumes, by their path inside.
    pub anonymous: Vec<String>,
    /// Memory: path inside → options.
    pub memory: BTreeMap<String, String>,
}

impl Resolver<'_, '_> {
    /// What an instance mounts; no path inside may be taken twice. What the instance says about a path counts over what its
    /// service says; a list takes the place of all that its service says.
    pub(super) fn volumes(&mut self, section: Section<'_>, ship: ShipId) -> MountedVolumes {
        let lists = self.lists(section, ship);
        let mut inside: IndexMap<String, (String, Mounted)> = IndexMap::new();
        let (service, instance) = (&section.service.settings, &section.instance.settings);
        // A list is replaced as a whole.
        let inherited: &[_] =
            if instance.container_volumes.is_empty() { &service.container_volumes } else { &[] };
        let levels = [(&service.volumes, inherited), (&instance.volumes, &instance.container_volumes[..])];
        for ((volumes, anonymous), list) in levels.into_iter().zip(lists) {
            let mut level: Vec<(String, Mounted, Span)> = Vec::new();
            if let Some(list) = list {
                inside.clear();
                level.extend(list);
            }
            for volume in volumes {
                level.extend(
                    self.mount(volume, ship)
                        .map(|(mount, span)| (mount.target.clone(), Mounted::Mount(mount), span)),
                );
            }
            for path in anonymous {
                if self.check_inside(path, None) {
                    level.push((path.value.clone(), Mounted::Anonymous, path.span));
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
        let mut volumes = MountedVolumes::default();
        for (path, mounted) in inside.into_values() {
            match mounted {
                Mounted::Mount(mount) => volumes.mounts.push(mount),
                Mounted::Anonymous => volumes.anonymous.push(path),
                Mounted::Memory(options) => {
                    volumes.memory.insert(path, options);
                }
            }
        }
        volumes
    }

    /// The lists of a service and of one of its instances in Compose's form.
    fn lists(&mut self, section: Section<'_>, ship: ShipId) -> [Option<Vec<(String, Mounted, Span)>>; 2] {
        let sides = self
            .forms
            .as_ref()
            .map_or([None, None], |forms| forms.of(section.service_id, &section.instance.name.value));
        let sides = sides.map(|side| side.and_then(|forms| forms.mounts.clone()));
        sides.map(|list| {
            let mut level = Vec::new();
            for WrittenMount { span, relative, named, anonymous, memory } in list? {
                for mount in named {
                    self.tell_local((&mount.source, relative.as_deref()), (span, &mount.target), ship);
                    let target = Spanned::new(mount.target.clone(), span);
                    if self.check_whole(&target, true) {
                        level.push((mount.target.clone(), Mounted::Mount(mount), span));
                    }
                }
                level.extend(anonymous.into_iter().map(|path| (path, Mounted::Anonymous, span)));
                let memory = memory.into_iter();
                level.extend(memory.map(|(path, options)| (path, Mounted::Memory(options), span)));
            }
            Some(level)
        })
    }

    /// Tells a path of this machine that a container of another ship would mount.
    fn tell_local(&mut self, source: (&str, Option<&str>), (span, target): (Span, &str), ship: ShipId) {
        let ship = &self.ships[ship.0];
        let problem = self.forms.as_ref().and_then(|forms| forms.not_on_ship(source, (span, target), ship));
        if let Some(problem) = problem {
            self.diagnostics.push(problem);
        }
    }

    /// What a volume of schema 3 is mounted from: the name on engines of one that the file declares, or a whole path. None if
    /// there is none, which is told.
    fn source(&mut self, written: &Spanned<String>, target: &str, ship: ShipId) -> Option<String> {
        let Some(forms) = &self.forms else { return Some(written.value.clone()) };
        if written.value.starts_with("./") || written.value.starts_with("../") || written.value == "." {
            let source = forms.absolute(&written.value);
            self.tell_local((&source, Some(&written.value)), (written.span, target), ship);
            return Some(source);
        }
        if written.value.starts_with('/') || !is_container_name(&written.value) {
            return Some(written.value.clone());
        }
        let name = forms.volume_name(&written.value).map(str::to_owned);
        if name.is_none() {
            self.diagnostics.push(forms.unknown_volume(written));
        }
        name
    }

    fn mount(&mut self, volume: &VolumeSection, ship: ShipId) -> Option<(Mount, Span)> {
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
                .note(self.document.schema.order())
                .help(Self::in_schema_one(volume)),
            );
            return None;
        }
        let source = &Spanned::new(self.source(source, &target.value, ship)?, source.span);
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
                "{plain}; for the mode `{}` add `__maestro: {{schema: 3}}` at the top, and turn all other `volumes` of the \
                 file into `ship: container`",
                mode.value
            )
            .into(),
        }
    }

    /// Whether a file without a header has named volumes of its own, and reads `ship: container` everywhere.
    fn is_written_for_three(&self) -> bool {
        let services = &self.document.services;
        let of_instances = services.iter().flat_map(|service| &service.instances);
        let settings = services.iter().map(|service| &service.settings);
        let mut volumes = settings
            .chain(of_instances.map(|instance| &instance.settings))
            .flat_map(|settings| &settings.volumes);
        self.document.keys.iter().any(|key| key.value == "volumes")
            && volumes.all(|volume| volume.detailed || !volume.left.value.starts_with('/'))
    }

    /// Whether this can be a path inside. A suggestion never puts the ship's side inside: what it says of a mount whose
    /// sides are the wrong way round is to turn them.
    fn check_inside(&mut self, path: &Spanned<String>, ship: Option<&Spanned<String>>) -> bool {
        if path.value.starts_with('/') {
            return self.check_whole(path, ship.is_some());
        }
        let text = format!("`{}` is not a path inside a container", path.value);
        let note = self.document.schema.order();
        let here = &path.value;
        if is_of_windows(here) {
            let help = match ship.map(|ship| ship.value.as_str()).filter(|other| other.starts_with('/')) {
                Some(other) if self.is_schema_one() => {
                    format!("write the path that the engine has for it on the other side: `{other}: /…`")
                }
                Some(_) | None => "write a path inside the container, `/…`".to_owned(),
            };
            let label = "this is a path of Windows; containers have paths that begin with `/`";
            self.diagnostics.push(bad("bad-volume", text, path.span, label).note(note).help(help));
            return false;
        }
        let help = match (ship.map(|ship| ship.value.as_str()), self.is_schema_one()) {
            (None, _) => {
                let whole = format!("/{}", here.trim_start_matches("./"));
                Help::from(format!("write the whole path: `{whole}`")).replace(path.span, as_scalar(&whole))
            }
            (Some(other), _) if !other.starts_with('/') => {
                "write the whole path inside the container: it begins with `/`".into()
            }
            // Without the header, the whole file is written for schema 3. That its `volumes` need it is told, with the way out.
            (Some(_), true) if self.is_written_for_three() => return false,
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
        self.diagnostics.push(colon::problem(path));
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
        let note = self.document.schema.order();
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
