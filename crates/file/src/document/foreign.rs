//! Keys of other tools: what does the same here, and what to write.

mod deploy;
mod probe;
mod replacement;
mod table;
mod written;

use super::{
    convert,
    keys::{HOMES, INSTANCE, Key, SITE, SITE_SERVICE, Support},
    scalar::as_scalar,
    schema,
    yaml::{NodeId, NodeKind, Yaml},
};
use maestro_core::{
    diagnostic::{Applicability, Help, Suggestion, nearest},
    source::{Span, Spanned},
};
use replacement::Replacement;
pub(super) use table::{Section, find};

/// An unknown key and what stands around it.
pub(super) struct Unknown<'a> {
    pub yaml: &'a Yaml,
    pub key: &'a Spanned<String>,
    pub value: NodeId,
    /// The section that it stands in.
    pub within: NodeId,
    /// The tables of its section.
    pub known: &'a [&'static [Key]],
    /// The keys beside it.
    pub siblings: Vec<(&'a Spanned<String>, NodeId)>,
}

/// What to say about an unknown key.
pub(super) struct KeyAdvice {
    /// What it is.
    pub label: String,
    /// What to do; the first is the best. None if nothing is known of the key.
    pub help: Vec<Help>,
    /// The key of the section that is probably meant.
    pub meant: Option<&'static str>,
}

impl KeyAdvice {
    fn new(help: Help, meant: Option<&'static str>) -> Self {
        Self { label: "unknown key".to_owned(), help: vec![help], meant }
    }

    /// Another way out.
    fn or(mut self, help: Help) -> Self {
        self.help.push(help);
        self
    }

    /// The key of the section that the only change renames this key to.
    pub(super) fn renamed(&self, key: Span) -> Option<&'static str> {
        let [Help { suggestion: Some(suggestion), .. }] = &self.help[..] else { return None };
        let [edit] = &suggestion.edits[..] else { return None };
        self.meant.filter(|meant| edit.span == key && edit.replacement == *meant)
    }
}

impl Unknown<'_> {
    /// What is probably meant.
    pub(super) fn answer(&self) -> KeyAdvice {
        let name = self.key.value.as_str();
        let plain = name.trim();
        if plain != name && self.is_free(plain) {
            // YAML takes plain spaces away; what is left only looks like one.
            let help = format!(
                "write `{plain}`: what looks like a space beside it is another character, as web pages have it"
            );
            return KeyAdvice::new(Help::from(help).fix(self.key.span, plain), self.own(plain));
        }
        let joined = name.replace(['-', ' '], "_").to_lowercase();
        if let Some(own) =
            self.own(&joined).or_else(|| self.own(&joined.replace('_', "-"))).filter(|own| self.is_free(own))
        {
            return KeyAdvice::new(self.rename(own), Some(own));
        }
        if let Some((tool, way)) = find(Section::of(self.known), name, |key| self.own(key).is_some()) {
            let answer = self.by(*way).certain(!tool.is_empty() || self.is_of_registry(), self.key.span);
            let label = if tool.is_empty() { answer.label } else { format!("a key of {tool}") };
            return KeyAdvice { label, ..answer };
        }
        if self.is_of_site() && HOMES.iter().any(|(keys, _)| keys.iter().any(|key| key.name == name)) {
            return KeyAdvice::new(
                "move it to the Compose file: a site file says where services run".into(),
                None,
            );
        }
        if let Some((_, home)) = HOMES.iter().find(|(keys, _)| keys.iter().any(|key| key.name == name)) {
            return KeyAdvice::new(format!("it is a key of {home}: move it there").into(), None);
        }
        if let Some(near) = nearest(name, self.free()) {
            return KeyAdvice::new(self.rename(near), Some(near));
        }
        KeyAdvice { label: "unknown key".to_owned(), help: Vec::new(), meant: None }
    }

    fn is_of_registry(&self) -> bool {
        Section::of(self.known) == Section::Registry
    }

    fn is_of_site(&self) -> bool {
        self.known.iter().any(|keys| [SITE, SITE_SERVICE].contains(keys))
    }

    /// All keys of the section that are not written yet.
    pub(super) fn free(&self) -> impl Iterator<Item = &'static str> {
        self.known
            .iter()
            .copied()
            .flatten()
            .map(|key| key.name)
            .filter(|key| self.siblings.iter().all(|(sibling, _)| sibling.value != *key))
    }

    fn is_free(&self, name: &str) -> bool {
        self.free().any(|key| key == name)
    }

    fn own(&self, name: &str) -> Option<&'static str> {
        self.known.iter().copied().flatten().map(|key| key.name).find(|key| *key == name)
    }

    /// The key with its value.
    fn entry(&self) -> Option<Span> {
        self.yaml.whole_entry(self.key.span, self.value)
    }

    fn by(&self, way: Replacement) -> KeyAdvice {
        match way {
            Replacement::Key(own) if !self.is_free(own) => self.written_already(own),
            Replacement::Key(own) => KeyAdvice::new(self.same(own), Some(own)),
            Replacement::In(_, "cpu") if self.is_free("cpus") && self.is_processors() => {
                KeyAdvice::new(self.same("cpus"), Some("cpus"))
            }
            Replacement::In(own, inner) => KeyAdvice::new(self.inner(own, inner), Some(own)),
            Replacement::Processors(own) => {
                let known = convert::value(self.yaml, own, self.value);
                let value = known.as_deref().unwrap_or("0.5");
                let help = Help::from(format!("write `{own}: {value}` beside `limits`, not below it"));
                let beside = self.yaml.holder_of(self.within);
                if beside.is_some_and(|(holder, _)| self.yaml.value_of(holder, own).is_some()) {
                    let help = Help::from(format!("remove it: `{own}` is written beside `limits` already"));
                    return KeyAdvice::new(
                        self.entry().map_or(help.clone(), |entry| help.leave_out(entry)),
                        None,
                    );
                }
                let entries = self.yaml.entries(self.within);
                let key = entries.iter().find(|entry| self.yaml.span(entry.key) == self.key.span);
                KeyAdvice::new(
                    match (known.as_deref(), key) {
                        (Some(value), Some(entry)) => {
                            convert::beside_limits(self.yaml, self.within, entry.key, value, help)
                        }
                        (Some(_) | None, _) => help,
                    },
                    None,
                )
            }
            Replacement::Deploy => self.deploy(),
            Replacement::LeaveOut(why) => {
                let help = Help::from(format!("leave it out: {why}"));
                KeyAdvice::new(self.entry().map_or(help.clone(), |entry| help.leave_out(entry)), None)
            }
            Replacement::Check(otherwise) => KeyAdvice::new(self.check(otherwise), None),
            Replacement::Say(what) => KeyAdvice::new(what.into(), None),
        }
    }

    /// Another key that means the same; its value may look otherwise here.
    fn same(&self, own: &'static str) -> Help {
        if let Some(help) = self.limits_and_processors(own) {
            return help;
        }
        if let Some(value) = convert::value(self.yaml, own, self.value) {
            let meant = format!("{own}: {value}");
            let help = Help::from(format!("write `{meant}`"));
            return self.entry().map_or(help.clone(), |entry| help.replace(entry, meant));
        }
        if let Some(help) = self.modes(own) {
            return help;
        }
        let help = Help::from(format!("it is called `{own}` here"));
        if self.fits(own) { help.replace(self.key.span, own) } else { self.as_in_example(own) }
    }

    /// Whether the value is a number of processors, and no weight.
    fn is_processors(&self) -> bool {
        match self.yaml.kind(self.value) {
            NodeKind::Scalar(scalar) => convert::is_processors(&scalar.text),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => false,
        }
    }

    /// Limits of other tools in place of `limits`: the number of processors has a key of its own here.
    fn limits_and_processors(&self, own: &str) -> Option<Help> {
        let processors = convert::processors_of_limits(self.yaml, self.value)
            .filter(|_| own == "limits" && self.is_free("cpus"))?;
        let limits =
            convert::value(self.yaml, "limits", self.value).map(|limits| format!("limits: {limits}"));
        let processors = format!("cpus: {processors}");
        let is_block = !self.yaml.is_flow(self.value);
        let text = match &limits {
            Some(limits) => format!("write `{limits}` and `{processors}`"),
            None => format!("write `{processors}`"),
        };
        let help = Help::from(text);
        Some(match (self.entry(), limits) {
            (Some(entry), None) => help.replace(entry, processors),
            (Some(entry), Some(limits)) if is_block => {
                help.replace(entry, limits).add_lines(entry, processors, self.key.span, 0)
            }
            (None | Some(_), _) => help,
        })
    }

    /// A slip in a key.
    fn rename(&self, own: &'static str) -> Help {
        if self.fits(own) {
            return Help::did_you_mean(self.key.span, &self.key.value, own);
        }
        match convert::value(self.yaml, own, self.value) {
            Some(value) => {
                let meant = format!("{own}: {value}");
                let help = Help::from(format!("did you mean `{own}`? Write `{meant}`"));
                self.entry().map_or(help.clone(), |entry| help.replace(entry, meant))
            }
            None => {
                let Help { text, .. } = self.modes(own).unwrap_or_else(|| self.as_in_example(own));
                format!("did you mean `{own}`? {}", text.replacen("write", "Write", 1)).into()
            }
        }
    }

    /// Volumes with modes, in a file whose schema has none.
    fn modes(&self, own: &str) -> Option<Help> {
        let (without, with) =
            (own == "volumes").then(|| convert::volumes_with_modes(self.yaml, self.value)).flatten()?;
        let top = schema::at_the_top(self.yaml, None);
        let meant = format!("volumes: {with}");
        let help = Help::from(format!(
            "{top}, and here `{meant}`; without the mode, `volumes: {without}` alone is enough"
        ));
        let help = schema::with_schema_three(self.yaml, None, help);
        Some(match self.entry().filter(|_| help.suggestion.is_some()) {
            Some(entry) => help.replace(entry, meant),
            None => Help { suggestion: None, ..help },
        })
    }

    fn fits(&self, own: &str) -> bool {
        let key = self.known.iter().copied().flatten().find(|key| key.name == own);
        key.is_some_and(|key| convert::fits(self.yaml, key.value, self.value))
    }

    /// A key whose value has another form here.
    fn as_in_example(&self, own: &'static str) -> Help {
        let key = self.known.iter().copied().flatten().find(|key| key.name == own);
        key.map_or_else(String::new, |key| format!("write for example `{own}: {}`", key.example)).into()
    }

    /// A key that stands inside of another one here, with those beside it that belong there too.
    fn inner(&self, own: &'static str, inner: &'static str) -> Help {
        let value = self.inner_value(self.value, inner);
        let note = |has_weight: bool| if has_weight { " (a weight: 1024 is the usual one)" } else { "" };
        if !self.is_free(own) {
            return format!("write `{inner}: {value}` into `{own}`{}", note(inner == "cpu")).into();
        }
        let section = Section::of(self.known);
        let alike = self.siblings.iter().filter_map(|&(key, value)| {
            let (_, way) = find(section, &key.value, |key| self.own(key).is_some())?;
            match way {
                Replacement::In(other, inner) if *other == own => Some((key, value, *inner)),
                Replacement::In(..)
                | Replacement::Key(_)
                | Replacement::Processors(_)
                | Replacement::Check(_)
                | Replacement::Deploy
                | Replacement::LeaveOut(_)
                | Replacement::Say(_) => None,
            }
        });
        let mut entries: Vec<(Span, &str, NodeId, &str, String)> = Vec::new();
        for (key, value, inner) in alike {
            // Two tools may have a name for the same.
            if entries.iter().all(|(_, _, _, known, _)| *known != inner) {
                entries.push((key.span, &key.value, value, inner, self.inner_value(value, inner)));
            }
        }
        let parts: Vec<String> =
            entries.iter().map(|(_, _, _, inner, value)| format!("{inner}: {value}")).collect();
        let meant = format!("{own}: {{{}}}", parts.join(", "));
        let has_weight = entries.iter().any(|(_, _, _, inner, _)| *inner == "cpu");
        let names: Vec<String> = entries.iter().map(|(_, name, ..)| format!("`{name}`")).collect();
        let all = match names.as_slice() {
            [] | [_] => String::new(),
            [first @ .., last] => format!(" in place of {} and {last}", first.join(", ")),
        };
        let help = Help::from(format!("write `{meant}`{all}{}", note(has_weight)));
        let wholes: Option<Vec<Span>> =
            entries.iter().map(|&(key, _, value, _, _)| self.yaml.whole_entry(key, value)).collect();
        match wholes.as_deref() {
            Some([first, others @ ..]) => {
                others.iter().fold(help.replace(*first, meant), |help, other| help.leave_out(*other))
            }
            Some([]) | None => help,
        }
    }

    /// What the value of another tool's key is here.
    fn inner_value(&self, value: NodeId, inner: &str) -> String {
        let written = match self.yaml.kind(value) {
            NodeKind::Scalar(scalar) => scalar.text.as_str(),
            NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => "",
        };
        match inner {
            "memory" | "swap" => convert::size(written).unwrap_or_else(|| "512m".to_owned()),
            _ if written.is_empty() => "…".to_owned(),
            _ => as_scalar(written),
        }
    }
}

impl KeyAdvice {
    /// The new name of a key of another tool can be meant only, if that is all that changes.
    fn certain(mut self, is_of_a_tool: bool, key: Span) -> Self {
        if is_of_a_tool && self.renamed(key).is_some() {
            for help in &mut self.help {
                help.suggestion = help
                    .suggestion
                    .take()
                    .map(|suggestion| Suggestion { applicability: Applicability::Safe, ..suggestion });
            }
        }
        self
    }
}

/// Whether a key of a service is Compose's and not ours.
pub(super) fn is_of_compose(name: &str) -> bool {
    let is_ours = INSTANCE.iter().any(|key| key.name == name);
    !is_ours && find(Section::Instance, name, |_| true).is_some_and(|(tool, _)| *tool == table::COMPOSE)
}

/// All keys of a section, for the first of its unknown keys.
pub(super) fn list(known: &[&'static [Key]]) -> String {
    let mut names: Vec<&str> = known
        .iter()
        .copied()
        .flatten()
        .filter(|key| key.support == Support::Carried)
        .map(|key| key.name)
        .collect();
    names.sort_unstable();
    format!("its keys are {}", names.join(", "))
}
