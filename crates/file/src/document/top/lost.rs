//! Keys of an instance or a service, and instances, that stand at the top of the file.

use super::{SECTIONS, Top, has};
use crate::document::{keys, read::Field, yaml::YamlEntry};
use maestro_core::{
    diagnostic::{Applicability, Diagnostic, Help},
    source::Span,
};

/// So many keys are shown beside the first.
const SHOWN_KEYS: usize = 4;

impl Top<'_, '_> {
    /// Keys of a section that stand at the top. The first one tells of those that follow it.
    pub(super) fn lost_keys(&self, section: &str) -> Option<Diagnostic> {
        let is_alike = |field: &&Field| {
            let found = SECTIONS.iter().find(|(keys, _)| has(keys, &field.key.value));
            found.is_some_and(|(_, other)| *other == section)
                && has(keys::INSTANCE, &field.key.value) == has(keys::INSTANCE, &self.field.key.value)
        };
        let at = self.entries.iter().position(|other| other.key.span == self.field.key.span)?;
        if at.checked_sub(1).and_then(|before| self.entries.get(before)).as_ref().is_some_and(is_alike) {
            return None;
        }
        let fields: Vec<&Field> = self.entries[at..].iter().take_while(is_alike).collect();
        Some(self.lost_key(section, &fields))
    }

    fn lost_key(&self, section: &str, fields: &[&Field]) -> Diagnostic {
        let name = &self.field.key.value;
        let before = self.before();
        let (text, it) = match fields {
            [] | [_] => (format!("`{name}` is a key of {section}, but starts at the left margin"), "it"),
            all => {
                let names: Vec<String> = all.iter().map(|field| format!("`{}`", field.key.value)).collect();
                let (last, first) =
                    names.split_last().map_or(("", &[][..]), |(last, first)| (last.as_str(), first));
                let names = format!("{} and {last}", first.join(", "));
                (format!("{names} are keys of {section}, but start at the left margin"), "them")
            }
        };
        let diagnostic = Diagnostic::error("lost-key", text).at(self.field.key.span, "nothing reads it here");
        let others = fields.iter().skip(1).take(SHOWN_KEYS);
        let diagnostic =
            others.fold(diagnostic, |diagnostic, field| diagnostic.also(field.key.span, "nor this"));
        let of_instance = has(keys::INSTANCE, name);
        if let Some(help) = self.without_dash() {
            return self.with_dash(diagnostic).help(help);
        }
        match (before.instance, before.service) {
            (Some(instance), Some(service)) if of_instance => {
                let (instance, place) = self.named(instance.key);
                let (service, _) = self.named(service.key);
                let help = format!("indent {it} like the keys of `{instance}`");
                let other =
                    format!("or, for all instances of service `{service}`, like the keys of `{service}`");
                diagnostic
                    .also(place, "the instance above it")
                    .help(before.like_keys_of_instance(self, fields, &help))
                    .help(before.like_keys_of_service(self, fields, &other))
            }
            (_, Some(service)) if of_instance || has(keys::SERVICE_ONLY, name) => {
                let (service, place) = self.named(service.key);
                let help = format!("indent {it} like the keys of service `{service}`");
                diagnostic
                    .also(place, "the service above it")
                    .help(before.like_keys_of_service(self, fields, &help))
            }
            _ => diagnostic.help(format!("move {it} to {section}, indented below its name")),
        }
    }

    /// The `-` in a tag of a template that takes the indentation of the key away.
    fn dash(&self) -> Option<Span> {
        self.reader.diagnostics.trimming_dash(self.field.key.span)
    }

    /// The same problem, with that `-` as another place.
    fn with_dash(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self.dash() {
            Some(dash) => diagnostic.also(dash, "takes the indentation away"),
            None => diagnostic,
        }
    }

    /// What to do where a `-` in a tag of a template takes the indentation away.
    fn without_dash(&self) -> Option<Help> {
        let dash = self.dash()?;
        let help = "remove the `-` of the tag `-%}` before it: it takes the indentation of what follows away";
        Some(Help::from(help).fix(dash, ""))
    }

    /// What looks like an instance, or holds nothing at all.
    pub(super) fn lost_instance(&self) -> Option<Diagnostic> {
        let value = self.field.value;
        let name = &self.field.key.value;
        let is_key = |entry: &YamlEntry| has(keys::INSTANCE, self.reader.written(entry.key));
        let entries = self.reader.yaml.entries(value);
        let empty = self.reader.is_null(value) || (self.reader.is_mapping(value) && entries.is_empty());
        if !(empty && self.has("services") || entries.iter().any(is_key)) {
            return None;
        }
        let text = format!("`{name}` starts at the left margin, where nothing reads it");
        let diagnostic =
            Diagnostic::error("lost-instance", text).at(self.field.key.span, "indented too little");
        let diagnostic = self.with_dash(diagnostic);
        let before = self.before();
        // What holds nothing could be another thing.
        let is_sure = entries.iter().any(is_key) || before.instance.is_none();
        let applicability = if is_sure { Applicability::Safe } else { Applicability::NeedsDecision };
        Some(match (before.instance, before.instances, before.service) {
            (Some(instance), _, Some(service)) => {
                let (instance, place) = self.named(instance.key);
                let (service, _) = self.named(service.key);
                let help = format!(
                    "if it is an instance of `{service}`, indent it, and what belongs to it, like `{instance}`"
                );
                let help =
                    self.without_dash().unwrap_or_else(|| before.like_instances(self, &help, applicability));
                diagnostic.also(place, "an instance of the service above it").help(help)
            }
            (None, Some(instances), Some(service)) => {
                let (service, _) = self.named(service.key);
                let yaml = self.reader.yaml;
                let key = self.get(yaml.root(), name);
                let help = if key.is_some_and(|entry| yaml.is_from_template(entry.key)) {
                    "indent what the template writes there further than `instances`"
                } else {
                    "indent it, and what belongs to it, further than `instances`"
                };
                let help =
                    self.without_dash().unwrap_or_else(|| before.like_instances(self, help, applicability));
                diagnostic
                    .also(
                        self.reader.span(instances.key),
                        format!("the instances of `{service}` stand below this"),
                    )
                    .help(help)
            }
            _ => diagnostic.help("if it is an instance, indent it below `instances` of its service"),
        })
    }
}
