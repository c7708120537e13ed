//! Keys that a section knows, and those that it does not.

use super::{Field, Reader};
use crate::document::{
    foreign::{self, KeyAdvice, Unknown},
    keys::{Key, Support},
    yaml::{NodeId, NodeKind, Yaml},
};
use maestro_core::{
    diagnostic::{Applicability, Diagnostic, Help},
    source::{Span, Spanned},
};

/// Keys that stand in the places of names.
struct Lost {
    /// The name above them, which has nothing.
    above: Option<Field>,
    /// The first one and those that follow it.
    keys: Vec<Field>,
    /// Whether a name follows.
    is_over: bool,
}

impl Lost {
    fn problem(&self, yaml: &Yaml, within: NodeId, what: &str) -> Diagnostic {
        let Spanned { value: key, span } = &self.keys[0].key;
        let text = format!("`{key}` is a key of {what}, but stands where a name belongs");
        let diagnostic = Diagnostic::error("bad-indentation", text);
        let Some(above) = &self.above else {
            let help = format!("put it below the name of {what}: `NAME: {{{key}: …}}`");
            return diagnostic.at(*span, "expected a name").help(help);
        };
        let name = &above.key.value;
        let help =
            Help::from(format!("indent all lines that belong to `{name}` further than `{name}` itself"));
        let wholes: Option<Vec<Span>> =
            self.keys.iter().map(|field| yaml.whole_entry(field.key.span, field.value)).collect();
        let wholes = wholes.filter(|_| !yaml.is_flow(within)).unwrap_or_default();
        diagnostic
            .at(*span, "indented too little")
            .also(above.key.span, "nothing belongs to this")
            .help(help.indent(&wholes, above.key.span, 2, Applicability::Safe))
    }
}

impl Reader<'_> {
    /// The entries of the mapping `within` that are names, as far as one can tell: a key of what stands below the names,
    /// written in the place of one, is mostly indented too little, and told. True beside them if there was such a key.
    pub(in crate::document) fn names(
        &mut self,
        entries: Vec<Field>,
        within: NodeId,
        keys: &[Key],
        what: &str,
    ) -> (Vec<Field>, bool) {
        let is_key = |field: &Field| keys.iter().any(|key| key.name == field.key.value);
        let mut names: Vec<Field> = Vec::with_capacity(entries.len());
        let mut lost: Option<Lost> = None;
        for field in entries {
            let above = names.last().filter(|above| self.is_null(above.value)).cloned();
            if !is_key(&field)
                || self.is_null(field.value)
                || self.may_be_named(&field, keys, above.is_some())
            {
                if let Some(lost) = &mut lost {
                    lost.is_over = true;
                }
                names.push(field);
                continue;
            }
            // The first tells of those that follow it.
            match &mut lost {
                None => lost = Some(Lost { above, keys: vec![field], is_over: false }),
                Some(lost) if !lost.is_over => lost.keys.push(field),
                Some(_) => {}
            }
        }
        let told = lost.is_some();
        if let Some(lost) = lost {
            self.diagnostics.push(lost.problem(self.yaml, within, what));
        }
        (names, told)
    }

    /// Whether a field called like a key could still be meant as a name: it has a mapping behind it, as names have, and
    /// no empty name above it, or keys of its own that belong to a name.
    fn may_be_named(&self, field: &Field, keys: &[Key], below_an_empty_name: bool) -> bool {
        let NodeKind::Mapping(pairs) = self.yaml.kind(field.value) else { return false };
        let is_key = |node: NodeId| keys.iter().any(|key| key.name == self.written(node));
        !below_an_empty_name || pairs.is_empty() || pairs.iter().any(|&(key, _)| is_key(key))
    }

    /// Tells `restart always` and `restart:always` alone in a section, which are texts to YAML. True if it was told.
    pub(super) fn is_entry_without_colon(&mut self, node: NodeId, known: &[&'static [Key]]) -> bool {
        let NodeKind::Scalar(scalar) = self.yaml.kind(node) else { return false };
        let text = scalar.text.clone();
        let end = text.find(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).unwrap_or(text.len());
        let name = &text[..end];
        let value = text[end..].trim_start_matches([' ', '=', ':', '：', '>']);
        let is_key = known.iter().copied().flatten().any(|key| key.name == name);
        if !scalar.plain
            || !is_key
            || value.is_empty()
            || text.contains('\n')
            || self.yaml.is_from_template(node)
        {
            return false;
        }
        let sign = text[end..text.len() - value.len()].trim();
        let (code, message) = match sign {
            ":" => ("missing-space", "a space is missing after the `:`".to_owned()),
            "：" => ("strange-colon", "this is no `:` to YAML, though it looks like one".to_owned()),
            _ => ("missing-colon", format!("`{name}` has no `:` after its name")),
        };
        if value.split(' ').any(|word| known.iter().copied().flatten().any(|key| key.name == word)) {
            let message = format!("`{name}` and the lines below it have no `:` after their names");
            let diagnostic =
                Diagnostic::error(code, message).at(self.span(node), "YAML joins these lines to one text");
            self.diagnostics
                .push(diagnostic.help(format!("write each as `name: value`, `{name}: …` for example")));
            return true;
        }
        let span = self.span(node);
        let label = if sign == "：" { "fullwidth colon (U+FF1A)" } else { "" };
        // Lines that YAML joins, a text that was repaired, and an alias are not in the file as they are here.
        let is_exact = span.end.saturating_sub(span.start) == text.len();
        let between = Spanned::new(text.clone(), span).inside(end..text.len() - value.len());
        // In the line of its key a mapping needs brackets.
        let key = self.yaml.holder_of(node).map(|(_, key)| self.span(key));
        let is_beside = key.is_some_and(|key| key.file == span.file && span.start <= key.end + ": ".len());
        let meant = if is_beside { format!("{{{name}: {value}}}") } else { format!("{name}: {value}") };
        let help = Help::from(format!("write `{meant}`"));
        let is_alias = self.yaml.target(node) != node;
        self.diagnostics.push(
            Diagnostic::error(code, message)
                .at(if sign.is_empty() || !is_exact { span } else { between }, label)
                .help(if is_alias { help } else { help.fix(span, meant) }),
        );
        true
    }

    /// Whether a key without a value is an item of a list that has no brackets, `{cap_add: NET_ADMIN, SYS_TIME}`. The
    /// first one tells it.
    fn is_item(&mut self, field: &Field, what: &str, known: &[&'static [Key]], siblings: &[Field]) -> bool {
        let is_word = |field: &Field| {
            self.is_null(field.value)
                && known.iter().copied().flatten().all(|key| key.name != field.key.value)
        };
        let Some(at) = siblings.iter().position(|other| other.key.span == field.key.span) else {
            return false;
        };
        let before = siblings[..at].iter().rev().find(|other| !is_word(other));
        let takes_list = |other: &&Field| {
            let key = known.iter().copied().flatten().find(|key| key.name == other.key.value);
            key.is_some_and(|key| key.value.contains("list")) && self.is_scalar(other.value)
        };
        let Some(list) = before.filter(takes_list).filter(|_| is_word(field)).cloned() else { return false };
        if siblings[..at].iter().rev().take_while(|other| is_word(other)).next().is_some() {
            return true;
        }
        let more = siblings[at..].iter().take_while(|other| is_word(other));
        let end = more.clone().last().map_or(field.key.span, |last| last.key.span).end;
        let names: Vec<&str> = more.map(|item| item.key.value.as_str()).collect();
        if self.is_null(list.value) {
            let written = format!("[{}]", names.join(", "));
            let text = format!(
                "`{}` is not a key of {what}: it belongs below `{}`",
                field.key.value, list.key.value
            );
            let behind = Span { start: list.key.span.end + 1, end: list.key.span.end + 1, ..list.key.span };
            let help = Help::from(format!("write `{}: {written}`", list.key.value));
            let items = siblings[at..].iter().take_while(|other| is_word(other));
            let help = items.fold(help, |help, item| help.drop_entry(item.key.span));
            self.diagnostics.push(
                Diagnostic::error("missing-bracket", text)
                    .at(field.key.span, format!("an item of `{}`", list.key.value))
                    .also(list.key.span, "nothing belongs to this")
                    .help(help.fix(behind, format!(" {written}"))),
            );
            return true;
        }
        let written = format!("[{}, {}]", self.written(list.value), names.join(", "));
        let first = self.span(list.value);
        let text = format!("`{}` is no key: a list has brackets", field.key.value);
        self.diagnostics.push(
            Diagnostic::error("missing-bracket", text)
                .at(field.key.span, format!("an item of `{}`", list.key.value))
                .help(format!("write `{}: {written}`", list.key.value))
                .fix(Span::new(first.file, first.start..end.max(first.start)), written),
        );
        true
    }

    /// Says what is to be said about a key; tells which known key an unknown one probably means.
    pub(super) fn check_key(
        &mut self,
        field: &Field,
        what: &str,
        known: &[&'static [Key]],
        (within, siblings): (NodeId, &[Field]),
    ) -> Option<Meant> {
        let name = &field.key.value;
        let all = known.iter().copied().flatten();
        if let Some(key) = all.clone().find(|key| key.name == name) {
            self.diagnostics.push(about_support(key, field.key.span)?);
            return None;
        }
        if self.is_item(field, what, known, siblings) {
            return None;
        }
        let unknown = Unknown {
            yaml: self.yaml,
            key: &field.key,
            value: field.value,
            within,
            known,
            siblings: siblings.iter().map(|field| (&field.key, field.value)).collect(),
        };
        let advice = unknown.answer();
        let renamed = advice.renamed(field.key.span).is_some();
        let KeyAdvice { label, help, meant } = advice;
        let diagnostic =
            Diagnostic::error("unknown-key", format!("{what} has no key `{name}`")).at(field.key.span, label);
        let first = known[0][0].name;
        self.diagnostics.push(if !help.is_empty() {
            help.into_iter().fold(diagnostic, Diagnostic::help)
        } else if self.listed.contains(&first) {
            // All keys of a section are listed once.
            diagnostic.help("remove it; all keys are listed above")
        } else {
            self.listed.push(first);
            diagnostic.help(foreign::list(known))
        });
        meant.map(|key| Meant { key, is_renamed: renamed })
    }
}

/// The key that an unknown one is probably meant as.
pub(super) struct Meant {
    pub key: &'static str,
    /// Whether its value can be read as that key's.
    pub is_renamed: bool,
}

/// What is to be said about a key that is known, but does not do what it says.
pub(in crate::document) fn about_support(key: &Key, span: Span) -> Option<Diagnostic> {
    let name = key.name;
    let diagnostic = match key.support {
        Support::Carried => return None,
        Support::Never { why, instead } => {
            return Some(
                Diagnostic::error("no-such-thing", format!("`{name}` cannot be used"))
                    .at(span, first_small(why))
                    .help(instead),
            );
        }
        Support::Obsolete => Diagnostic::warning("obsolete-key", format!("`{name}` has no effect"))
            .at(span, "has no effect")
            .help("leave it out"),
    };
    Some(diagnostic.note(format!("what it is for: {}", first_small(key.about))))
}

/// A sentence as part of another.
fn first_small(sentence: &str) -> String {
    let mut characters = sentence.trim_end_matches('.').chars();
    let plain_word = sentence.chars().nth(1).is_some_and(char::is_lowercase);
    match characters.next() {
        Some(first) if plain_word => first.to_lowercase().chain(characters).collect(),
        Some(first) => std::iter::once(first).chain(characters).collect(),
        None => String::new(),
    }
}
