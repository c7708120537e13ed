//! Keys at the top of a file that nothing reads: keys of a section that stand too far left, keys of other tools,
//! misspelt keys. A key whose anchor is used elsewhere, `x-…` and `_…` are free.

mod before;
mod lost;
mod newer;

use super::{
    keys::{self, Key},
    read::{Field, Reader, Stranded, about_support},
    scalar::Value,
    schema::Schema,
    service::{self, Misplaced},
    unread::Gaps,
    yaml::{NodeId, YamlEntry},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::{Span, Spanned},
};

/// Keys that other tools have at the top, and what to write here in their place.
const FOREIGN: &[(&str, &str)] = &[
    ("extends", "Jinja includes files: `{% include 'FILE' %}`"),
    ("version", "leave it out: the format of this file is chosen by `__maestro: {schema: 3}`"),
    ("profiles", "write `profiles` at a service: `services: {web: {profiles: [NAME]}}`"),
    ("models", "leave it out"),
    (
        "apiVersion",
        "leave it out: this is a manifest of Kubernetes; a file of Maestro has `name` and `services`",
    ),
    ("kind", "leave it out: a file of Maestro has `name` and `services`"),
    ("metadata", "leave it out: the environment's name stands after `name`"),
    ("spec", "leave it out: write containers as instances of a service, under `services`"),
    ("data", "leave it out: put values into `env` or `envfile`"),
    ("stringData", "leave it out: put values into `env` or `envfile`"),
    ("project", "it is called `name` here"),
    (
        "environment",
        "write `name` for the environment's name; variables stand under `env` of a service or an instance",
    ),
    ("hosts", "it is called `ships` here"),
    ("nodes", "it is called `ships` here"),
    ("servers", "it is called `ships` here"),
    ("containers", "write containers as instances of a service, under `services`"),
    ("pods", "write containers as instances of a service, under `services`"),
    ("tasks", "leave it out: write containers as instances of a service, under `services`"),
    (
        "deploy",
        "leave it out: `replicas` of a service says how many instances there are, `limits` what they may use",
    ),
];

/// Sections whose keys are lost at the top when they are not indented.
const SECTIONS: &[(&[Key], &str)] = &[
    (keys::SERVICE_ONLY, "a service"),
    (keys::PLACEMENT, "a service"),
    (keys::INSTANCE, "an instance or a service"),
    (keys::SHIP, "a ship"),
    (keys::LIMITS, "`limits`"),
    (keys::REGISTRY, "a registry"),
    (keys::UPDATE, "`update` of a service"),
    (keys::BUILD, "`build` of a service"),
    (keys::UPDATE_HOOKS, "`hooks` of a service"),
    (keys::LIFECYCLE, "`lifecycle` of an instance or a service"),
];

/// Checks the keys at the top of the file. Says in `gaps` what may be missing because it stands there. Gives the fields
/// whose keys are misspelt, under the names that are meant.
pub(super) fn check(reader: &mut Reader<'_>, entries: &[Field], gaps: &mut Gaps) -> Vec<Field> {
    let aliases = reader.yaml.aliases();
    let (mut misplaced, mut lost_keys, mut renamed) = (Vec::new(), Vec::new(), Vec::<Field>::new());
    for field in entries {
        let name = &field.key.value;
        let newer: &[Key] = if reader.schema == Schema::Three { keys::NEWER } else { &[] };
        if let Some(key) = keys::TOP.iter().chain(newer).find(|key| key.name == name) {
            if let Some(diagnostic) = about_support(key, field.key.span) {
                reader.diagnostics.push(diagnostic);
            }
            continue;
        }
        let free = name.starts_with('_')
            || name.starts_with("x-")
            || reader.yaml.used_elsewhere(field.value, &aliases);
        if !free {
            let top = Top { reader, entries, field };
            let (diagnostic, lost) = top.problem();
            match lost {
                Lost::Nothing => {}
                Lost::Instances => gaps.instances = true,
                Lost::Ships => gaps.ships = true,
                Lost::Service => misplaced.push(Misplaced::Service(field.clone())),
                Lost::Instance => misplaced.push(Misplaced::Instance(field.clone())),
                Lost::Key => lost_keys.push(field.clone()),
                Lost::Misspelt(name) => {
                    gaps.instances |= name != "ships";
                    gaps.ships |= name == "ships";
                    if renamed.iter().all(|other| other.key.value != name) {
                        let key = Spanned::new(name.to_owned(), field.key.span);
                        renamed.push(Field { key, value: field.value });
                    }
                }
            }
            if let Some(diagnostic) = diagnostic {
                reader.diagnostics.push(diagnostic);
            }
        }
    }
    if !lost_keys.is_empty() {
        misplaced.push(Misplaced::Keys(lost_keys));
    }
    for part in &misplaced {
        gaps.instances = true;
        service::check_misplaced(reader, part, gaps);
    }
    renamed
}

/// What may be missing elsewhere because of a key at the top.
enum Lost {
    Nothing,
    Instances,
    Ships,
    /// The key is a service.
    Service,
    /// The key is a misspelt one of the file, which is not written.
    Misspelt(&'static str),
    /// The key is an instance.
    Instance,
    /// The key is one of a service or an instance.
    Key,
}

/// What stands below names in a section of the file.
struct LostSection {
    home: &'static str,
    what: &'static str,
    plural: &'static str,
}

impl LostSection {
    /// The section whose keys a mapping has, and only these.
    fn of(reader: &Reader<'_>, field: &Field) -> Option<Self> {
        let name = &field.key.value;
        if has(keys::TOP, name) || name.starts_with("x-") || name.starts_with('_') {
            return None;
        }
        let entries = reader.yaml.entries(field.value);
        let all_in = |keys: &[Key]| entries.iter().all(|entry| has(keys, reader.written(entry.key)));
        let is_login = |entry: &YamlEntry| reader.written(entry.key) != "username";
        if entries.is_empty() {
            None
        } else if all_in(keys::SHIP) {
            Some(Self { home: "ships", what: "a ship", plural: "ships" })
        } else if all_in(keys::REGISTRY) && entries.iter().any(is_login) {
            Some(Self { home: "registries", what: "a registry", plural: "registries" })
        } else {
            None
        }
    }
}

/// One unknown key at the top of the file.
struct Top<'a, 'r> {
    reader: &'a Reader<'r>,
    entries: &'a [Field],
    field: &'a Field,
}

impl Top<'_, '_> {
    /// What is wrong with the key, and what is lost with it.
    fn problem(&self) -> (Option<Diagnostic>, Lost) {
        let name = &self.field.key.value;
        if self.has_instances(self.field.value) && !self.has("services") {
            // `services` above it is empty, which is told with its place.
            return (None, Lost::Instances);
        }
        if let Some(diagnostic) = self.lost_service() {
            let is_service = self.has_instances(self.field.value);
            return (Some(diagnostic), if is_service { Lost::Service } else { Lost::Instances });
        }
        if let Some(diagnostic) = self.of_schema_three() {
            return (Some(diagnostic), Lost::Nothing);
        }
        let near = self.near_top_key();
        let is_slip =
            near.as_ref().is_some_and(|(_, near)| self.entries.iter().all(|other| other.key.value != *near));
        if let Some(lost) = self.lost_section().filter(|_| !is_slip) {
            return lost;
        }
        if let Some((_, section)) = SECTIONS.iter().find(|(keys, _)| has(keys, name))
            // `ship: {…}` is `ships`, `ship: node1` is an instance's.
            && !(near.is_some() && self.reader.is_mapping(self.field.value))
            && !(name == "container_name" && self.reader.written(self.field.value).contains('{'))
        {
            let keys = [keys::INSTANCE, keys::SERVICE_ONLY];
            let is_read = keys.iter().any(|keys| has(keys, name));
            return (self.lost_keys(section), if is_read { Lost::Key } else { Lost::Instances });
        }
        if let Some((diagnostic, near)) = near {
            let is_free = self.entries.iter().all(|other| other.key.value != near);
            return (Some(diagnostic), if is_free { Lost::Misspelt(near) } else { Lost::Instances });
        }
        if let Some((_, help)) = FOREIGN.iter().find(|(foreign, _)| foreign == name) {
            return (Some(self.unread().help(*help).help(self.silence())), Lost::Nothing);
        }
        if let Some(diagnostic) = self.lost_instance() {
            return (Some(diagnostic), Lost::Instance);
        }
        let keys = SECTIONS.iter().flat_map(|(keys, _)| keys.iter().map(|key| key.name));
        // A list of `maintainers` is none of a Swarm's managers.
        let keys = keys.filter(|key| *key != "managers");
        if let Some(near) = nearest(name, keys) {
            let home = SECTIONS.iter().find(|(keys, _)| has(keys, near)).map_or("", |(_, home)| home);
            let help = format!("did you mean `{near}`? It is a key of {home}: indent it below that");
            return (Some(self.unread().help(help).help(self.silence())), Lost::Instances);
        }
        let warning = Diagnostic::warning("unknown-key", self.unread().message);
        (Some(warning.at(self.field.key.span, "unknown key").help(self.silence())), Lost::Nothing)
    }

    fn unread(&self) -> Diagnostic {
        let name = &self.field.key.value;
        let text = format!("`{name}` is not a key of the file, so nothing reads it");
        Diagnostic::error("unknown-key", text).at(self.field.key.span, "unknown key")
    }

    fn silence(&self) -> String {
        format!("to keep it without an effect, call it `x-{}`", self.field.key.value)
    }

    fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|other| other.key.value == key && !self.reader.is_null(other.value))
    }

    fn has_instances(&self, node: NodeId) -> bool {
        self.get(node, "instances").is_some()
    }

    fn named(&self, key: NodeId) -> (String, Span) {
        (self.reader.written(key).to_owned(), self.reader.span(key))
    }

    fn get(&self, node: NodeId, key: &str) -> Option<YamlEntry> {
        let name = Value::Text(key.to_owned());
        self.reader.yaml.entries(node).into_iter().find(|entry| self.reader.yaml.value(entry.key) == name)
    }

    /// A key of the file that this one is nearest to, if that one is not there.
    fn near_top_key(&self) -> Option<(Diagnostic, &'static str)> {
        let name = &self.field.key.value;
        let is_free = |key: &str| self.entries.iter().all(|other| other.key.value != key);
        let near = nearest(name, keys::TOP.iter().map(|key| key.name))?;
        if !is_free(near) {
            let text = format!("`{name}` is not a key of the file, so nothing reads it");
            let other = self.entries.iter().find(|other| other.key.value == near)?;
            let diagnostic = Diagnostic::error("unknown-key", text)
                .at(self.field.key.span, "unknown key")
                .also(other.key.span, "the key that it is like")
                .help(format!("put what is below it under `{near}`"))
                .help(self.silence());
            return Some((diagnostic, near));
        }
        let help = Help::did_you_mean(self.field.key.span, name, near);
        Some((self.unread().help(help).help(self.silence()), near))
    }

    /// A service at the top, or below a key there that nothing reads.
    fn lost_service(&self) -> Option<Diagnostic> {
        let services = self.entries.iter().find(|other| other.key.value == "services")?;
        let name = &self.field.key.value;
        if self.has_instances(self.field.value) {
            let text = format!("`{name}` looks like a service, but nothing reads it here");
            return Some(
                Diagnostic::error("lost-service", text)
                    .at(self.field.key.span, "not below `services`")
                    .also(services.key.span, "services stand below this, indented")
                    .help(
                        self.before().like_services(
                            self,
                            "indent it, and what belongs to it, like the other services",
                        ),
                    ),
            );
        }
        let entries = self.reader.yaml.entries(self.field.value);
        let inner = entries.into_iter().find(|entry| self.has_instances(entry.value))?;
        if !self.has("services") {
            return None;
        }
        let text = format!("`{name}` is not a key of the file, so nothing reads it");
        Some(
            Diagnostic::error("lost-service", text)
                .at(self.field.key.span, "unknown key")
                .also(self.reader.span(inner.key), "this looks like a service")
                .help("put what looks like a service below `services`")
                .help(self.silence()),
        )
    }

    /// A ship or a registry at the top. The first one tells of those that follow it.
    fn lost_section(&self) -> Option<(Option<Diagnostic>, Lost)> {
        let section = LostSection::of(self.reader, self.field)?;
        let lost = if section.home == "ships" { Lost::Ships } else { Lost::Nothing };
        let is_alike = |field: &&Field| {
            LostSection::of(self.reader, field).is_some_and(|other| other.home == section.home)
        };
        let at = self.entries.iter().position(|other| other.key.span == self.field.key.span)?;
        if at.checked_sub(1).and_then(|before| self.entries.get(before)).as_ref().is_some_and(is_alike) {
            return Some((None, lost));
        }
        let fields: Vec<Field> = self.entries[at..].iter().take_while(is_alike).cloned().collect();
        let root = self.reader.yaml.root();
        let stranded = Stranded { home: section.home, within: root, siblings: self.entries, fields };
        let names = stranded.names();
        let text = match stranded.fields.len() {
            1 => format!("{names} looks like {}, but starts at the left margin", section.what),
            _ => format!("{names} look like {}, but start at the left margin", section.plural),
        };
        let follows = stranded.follows(self.reader.yaml);
        let label = if follows { "indented too little" } else { "nothing reads it here" };
        let diagnostic = Diagnostic::error("lost-section", text).at(self.field.key.span, label);
        let diagnostic = match stranded.holder() {
            Some(holder) => diagnostic.also(holder.key.span, format!("{} stand below this", section.plural)),
            None => diagnostic,
        };
        Some((Some(diagnostic.help(stranded.way_out(self.reader.yaml))), lost))
    }
}

fn has(keys: &[Key], name: &str) -> bool {
    keys.iter().any(|key| key.name == name)
}
