//! Entries that stand beside the key below which they belong: variables beside an empty `env:`, an instance among the keys
//! of its service, a ship at the top of the file.

use super::{Field, Reader};
use crate::document::{
    convert,
    foreign::{Section, find},
    keys::{self, HOMES, Key},
    scalar::python_text,
    yaml::{NodeId, NodeKind, Yaml},
};
use maestro_core::{
    diagnostic::{Applicability, Diagnostic, Help, nearest},
    source::Span,
};

/// What may stand below a key.
#[derive(Clone, Copy)]
enum Contents {
    Keys(&'static [Key]),
    Words(&'static [&'static str]),
    Variables,
    Instances,
    /// Names with values of any kind.
    Entries,
}

/// Keys that hold a mapping.
const HOLDERS: &[(&str, Contents)] = &[
    ("lifecycle", Contents::Keys(keys::LIFECYCLE)),
    ("update", Contents::Keys(keys::UPDATE)),
    ("build", Contents::Keys(keys::BUILD)),
    ("hooks", Contents::Keys(keys::UPDATE_HOOKS)),
    ("limits", Contents::Keys(keys::LIMITS)),
    ("ssh_tunnel", Contents::Keys(keys::SSH_TUNNEL)),
    ("retry", Contents::Keys(keys::RETRY)),
    ("requests_options", Contents::Keys(keys::HTTP_OPTIONS)),
    ("ulimits", Contents::Words(&keys::ULIMIT_NAMES)),
    ("env", Contents::Variables),
    ("instances", Contents::Instances),
    ("ports", Contents::Entries),
    ("volumes", Contents::Entries),
    ("links", Contents::Entries),
    ("labels", Contents::Entries),
    ("extra_hosts", Contents::Entries),
    ("log_opt", Contents::Entries),
    ("headers", Contents::Entries),
];

/// Entries that follow one another beside the key below which they belong.
pub(in crate::document) struct Stranded<'a> {
    pub home: &'static str,
    /// The mapping that they stand in.
    pub within: NodeId,
    pub siblings: &'a [Field],
    pub fields: Vec<Field>,
}

impl Stranded<'_> {
    /// The key below which they belong, if it is written.
    pub(in crate::document) fn holder(&self) -> Option<&Field> {
        self.siblings.iter().find(|field| field.key.value == self.home)
    }

    /// Whether they come right behind that key.
    pub(in crate::document) fn follows(&self, yaml: &Yaml) -> bool {
        let NodeKind::Mapping(pairs) = yaml.kind(self.within) else { return false };
        let place = |field: &Field| pairs.iter().position(|&(key, _)| yaml.span(key) == field.key.span);
        let (first, holder) = (self.fields.first().and_then(place), self.holder().and_then(place));
        first.zip(holder).is_some_and(|(first, holder)| first == holder + 1)
    }

    /// Their names, for a sentence.
    pub(in crate::document) fn names(&self) -> String {
        let names: Vec<String> = self.fields.iter().map(|field| format!("`{}`", field.key.value)).collect();
        match names.as_slice() {
            [only] => only.clone(),
            [first @ .., last] if first.len() < 3 => format!("{} and {last}", first.join(", ")),
            all => format!("{} and {} more", all[..2].join(", "), all.len() - 2),
        }
    }

    fn them(&self) -> &'static str {
        if self.fields.len() == 1 { "it" } else { "them" }
    }

    /// All of each entry; none where a template wrote one, or where one comes from a merge.
    fn wholes(&self, yaml: &Yaml) -> Vec<Span> {
        let NodeKind::Mapping(pairs) = yaml.kind(self.within) else { return Vec::new() };
        let is_own = |field: &Field| pairs.iter().any(|&(key, _)| yaml.span(key) == field.key.span);
        let wholes = self
            .fields
            .iter()
            .map(|field| yaml.whole_entry(field.key.span, field.value).filter(|_| is_own(field)));
        wholes.collect::<Option<Vec<_>>>().unwrap_or_default()
    }

    /// What to do, with the change that puts them where they belong.
    pub(in crate::document) fn way_out(&self, yaml: &Yaml) -> Help {
        let (home, them, wholes) = (self.home, self.them(), self.wholes(yaml));
        let is_flow = yaml.is_flow(self.within);
        let Some(holder) = self.holder() else { return self.with_new_holder(&wholes, is_flow) };
        let is_empty = yaml.span(holder.value) == holder.key.span;
        let first = yaml.entries(holder.value).into_iter().next().map(|entry| yaml.span(entry.key));
        let is_block = !yaml.is_flow(holder.value) && first.is_some();
        if self.follows(yaml) && !is_flow && (is_empty || is_block) {
            let (text, like, deeper) = match first {
                Some(first) => (format!("indent {them} like what stands below `{home}`"), first, 0),
                None => (format!("indent {them} further than `{home}`"), holder.key.span, 2),
            };
            let wholes = if self.is_taken(yaml, holder) { Vec::new() } else { wholes };
            return Help::from(text).indent(&wholes, like, deeper, Applicability::Safe);
        }
        let help = Help::from(format!("move {them} below `{home}`"));
        if wholes.is_empty() || is_flow || self.is_taken(yaml, holder) {
            return help;
        }
        let entry = |field: &Field| format!("{}: {}", field.key.value, convert::flow(yaml, field.value));
        let help = wholes.iter().fold(help, |help, &whole| help.leave_out(whole));
        let entries: Vec<String> = self.fields.iter().map(entry).collect();
        match (first, yaml.whole_entry(holder.key.span, holder.value)) {
            (None, _) if is_empty => help.add_lines(holder.key.span, entries.join("\n"), holder.key.span, 2),
            (Some(first), Some(whole)) if is_block => help.add_lines(whole, entries.join("\n"), first, 0),
            (Some(_), Some(whole)) => {
                let end = Span { start: whole.end - 1, end: whole.end - 1, ..whole };
                help.replace(end, format!(", {}", entries.join(", ")))
            }
            (None | Some(_), _) => Help::from(help.text),
        }
    }

    /// Whether one of them stands below the key too.
    fn is_taken(&self, yaml: &Yaml, holder: &Field) -> bool {
        let names = yaml.entries(holder.value).into_iter().map(|entry| python_text(&yaml.value(entry.key)));
        let names: Vec<String> = names.collect();
        self.fields.iter().any(|field| names.contains(&field.key.value))
    }

    /// What to do where the key is not written.
    fn with_new_holder(&self, wholes: &[Span], is_flow: bool) -> Help {
        let (home, them) = (self.home, self.them());
        let (Some(first), Some(last)) = (wholes.first(), wholes.last()) else {
            return format!("write `{home}:` above {them}, and indent {them} below that").into();
        };
        if is_flow {
            let end = Span { start: last.end, end: last.end, ..*last };
            let start = Span { end: first.start, ..*first };
            return Help::from(format!("write `{home}: {{{}: …}}`", self.fields[0].key.value))
                .fix(start, format!("{home}: {{"))
                .fix(end, "}");
        }
        Help::from(format!("write `{home}:` above {them}, and indent {them} below that")).indent_below(
            &format!("{home}:"),
            wholes,
            Applicability::Safe,
        )
    }

    fn problem(&self, yaml: &Yaml, what: &str) -> Diagnostic {
        let (names, home) = (self.names(), self.home);
        let text = match self.fields.len() {
            1 => format!("{names} is not a key of {what}: it belongs below `{home}`"),
            _ => format!("{names} are not keys of {what}: they belong below `{home}`"),
        };
        let follows = self.follows(yaml);
        let label = if follows { "indented too little" } else { "nothing reads it here" };
        let code = match home {
            _ if follows => "bad-indentation",
            "instances" => "lost-instance",
            _ => "unknown-key",
        };
        let first = self.fields.first().map_or(yaml.span(self.within), |field| field.key.span);
        let diagnostic = Diagnostic::error(code, text).at(first, label);
        let diagnostic = match self.holder() {
            Some(holder) if yaml.span(holder.value) == holder.key.span => {
                diagnostic.also(holder.key.span, "nothing belongs to this")
            }
            Some(holder) => diagnostic.also(holder.key.span, format!("`{home}` is here")),
            None => diagnostic,
        };
        diagnostic.help(self.way_out(yaml))
    }
}

/// The entries of a section, and the keys that it knows.
struct Entries<'a> {
    within: NodeId,
    fields: &'a [Field],
    known: &'a [&'static [Key]],
}

impl Entries<'_> {
    fn knows(&self, name: &str) -> bool {
        self.known.iter().copied().flatten().any(|key| key.name == name)
    }

    /// Whether an unknown key is a slip, or a key of another section or tool.
    fn is_other(&self, name: &str) -> bool {
        let is_free = |key: &&str| self.fields.iter().all(|field| field.key.value != **key);
        let free = self.known.iter().copied().flatten().map(|key| key.name).filter(is_free);
        nearest(name, free).is_some()
            || find(Section::of(self.known), name, |key| self.knows(key)).is_some()
            || HOMES.iter().any(|(keys, _)| has(keys, name))
    }
}

impl Reader<'_> {
    /// Tells entries that stand beside the key below which they belong. Gives the keys, each with its entries.
    pub(super) fn tell_stranded(
        &mut self,
        within: NodeId,
        fields: &[Field],
        known: &[&'static [Key]],
        what: &str,
    ) -> Vec<(&'static str, Vec<Field>)> {
        let groups = self.stranded(&Entries { within, fields, known });
        for group in &groups {
            self.diagnostics.push(group.problem(self.yaml, what));
        }
        self.told_at(groups.iter().flat_map(|group| group.fields.iter().map(|field| field.key.span)));
        groups.into_iter().map(|group| (group.home, group.fields)).collect()
    }

    fn stranded<'e>(&self, entries: &Entries<'e>) -> Vec<Stranded<'e>> {
        let mut groups: Vec<Stranded<'e>> = Vec::new();
        // The key that was seen last, unless something else than its entries came behind it.
        let mut above: Option<&Field> = None;
        let mut is_open = false;
        for field in entries.fields {
            if entries.knows(&field.key.value) || self.is_told(field.key.span) {
                (above, is_open) = (Some(field), false);
                continue;
            }
            let below = above.and_then(|above| self.below(entries, above, field));
            let Some(home) = below.or_else(|| self.at_home(entries, field)) else {
                (above, is_open) = (None, false);
                continue;
            };
            match groups.last_mut().filter(|group| is_open && group.home == home) {
                Some(group) => group.fields.push(field.clone()),
                None => groups.push(Stranded {
                    home,
                    within: entries.within,
                    siblings: entries.fields,
                    fields: vec![field.clone()],
                }),
            }
            is_open = true;
            above = above.filter(|above| above.key.value == home);
        }
        groups
    }

    /// The key above the entry, if that holds nothing, or things like this one.
    fn below(&self, entries: &Entries<'_>, above: &Field, field: &Field) -> Option<&'static str> {
        let (home, contents) = HOLDERS.iter().find(|(holder, _)| *holder == above.key.value)?;
        let is_empty = self.yaml.span(above.value) == above.key.span;
        let name = field.key.value.as_str();
        let is_named_only = || self.is_null(field.value) || self.is_mapping(field.value);
        let fits = match contents {
            Contents::Keys(keys) => has(keys, name),
            Contents::Words(words) => words.contains(&name.to_lowercase().as_str()),
            Contents::Variables if is_empty => {
                is_variable(name) && !self.is_mapping(field.value) && !entries.is_other(name)
            }
            Contents::Instances if is_empty => is_named_only() && !entries.is_other(name),
            // `web-2:` behind `web-1:`
            Contents::Instances => is_named_only() && is_numbered(name) && !entries.is_other(name),
            Contents::Entries => is_empty && !entries.is_other(name),
            Contents::Variables => false,
        };
        (fits && (is_empty || self.is_mapping(above.value))).then_some(*home)
    }

    /// The key below which the entry belongs for certain, wherever it stands.
    fn at_home(&self, entries: &Entries<'_>, field: &Field) -> Option<&'static str> {
        let name = field.key.value.as_str();
        let is_instance = || {
            let pairs = self.yaml.entries(field.value);
            let has_any = |names: &[&str]| pairs.iter().any(|pair| names.contains(&self.written(pair.key)));
            (is_numbered(name)
                || has_any(&["ship", "image", "ports", "volumes", "links", "requires", "lifecycle"]))
                && !pairs.is_empty()
                && pairs.iter().all(|pair| has(keys::INSTANCE, self.written(pair.key)))
                && !entries.is_other(name)
        };
        let is_written = |home: &str| entries.fields.iter().any(|other| other.key.value == home);
        let found = if has(keys::LIFECYCLE, name) && !self.is_scalar(field.value) {
            "lifecycle"
        } else if has(keys::UPDATE, name) {
            "update"
        } else if has(keys::UPDATE_HOOKS, name) {
            "hooks"
        } else if has(keys::LIMITS, name) && is_written("limits") && self.is_scalar(field.value) {
            "limits"
        } else if is_constant(name) && !self.is_mapping(field.value) && !self.is_null(field.value) {
            "env"
        } else if is_instance() {
            "instances"
        } else {
            return None;
        };
        entries.knows(found).then_some(found)
    }
}

fn has(keys: &[Key], name: &str) -> bool {
    keys.iter().any(|key| key.name == name)
}

/// Whether this can be a variable's name.
fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether this is written as variables are by convention: `DB_HOST`.
fn is_constant(name: &str) -> bool {
    is_variable(name) && name.len() > 1 && !name.chars().any(|c| c.is_ascii_lowercase())
}

/// Whether a name ends with a number: `web-2`.
fn is_numbered(name: &str) -> bool {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
    plain.len() < name.len() && plain.ends_with(['-', '_', '.'])
}
