//! Keys that stand in the wrong column, and a `:` without its space.

use super::Canonical;
use crate::compose::{
    element::{Content, Element, Member, Members},
    form::{Form, Property},
    keys::{MOUNT, SERVICE, TOP},
};
use maestro_core::{diagnostic::Diagnostic, source::Span};

/// Keys of an entry of `depends_on`.
const OF_DEPENDENCY: [&str; 3] = ["condition", "restart", "required"];

impl Canonical<'_> {
    /// Tells a name that is a key in the wrong column. `before` is the name above it.
    pub(super) fn is_misplaced(
        &mut self,
        name: &str,
        key: Span,
        value: &Element,
        inner: &Form,
        before: Option<&str>,
    ) -> bool {
        let section = self.key.map_or("", |key| key.name);
        let Form::Section(_) = inner else { return false };
        let is_single = !matches!(value.content, Content::Null | Content::List(_) | Content::Mapping(_));
        let (text, label, help) = match (section, before) {
            ("services", _) if !is_service(value) && is_key(TOP, name) => (
                format!("`{name}` stands among the services"),
                "it would be a service of this name".to_owned(),
                "indent it like `services`".to_owned(),
            ),
            ("services", Some(before)) if !value.is_null() && !is_service(value) && is_key(SERVICE, name) => {
                (
                    format!("`{name}` stands among the services"),
                    "it would be a service of this name".to_owned(),
                    format!("indent it like the other keys of `{before}`"),
                )
            }
            ("depends_on", Some(before)) if is_single && OF_DEPENDENCY.contains(&name) => (
                format!("`{name}` stands among the services of `depends_on`"),
                format!("it belongs to `{before}`"),
                format!("indent it below `{before}`"),
            ),
            _ => return false,
        };
        self.diagnostics.push(Diagnostic::error("misplaced-key", text).at(key, label).help(help));
        true
    }

    /// Tells Maestro's own key below another one, where nothing reads it.
    pub(super) fn site_in_section(&mut self, member: &Member, what: &str) {
        let name = what.trim_matches('`');
        let value = match member.value.text_of("ship") {
            Some(ship) => format!("{{ship: {ship}}}"),
            None => "{ship: NAME}".to_owned(),
        };
        self.diagnostics.push(
            Diagnostic::error(
                "misplaced-key",
                "`x-maestro` stands at the top of the file, once for all services",
            )
            .at(member.key, "nothing reads it here")
            .help(format!("move it to the top: `x-maestro: {{services: {{{name}: {value}}}}}`")),
        );
    }

    /// Tells `image:nginx`, which is a text, in the place of a mapping.
    pub(super) fn lacks_space(&mut self, element: &Element, known: &[Property]) -> bool {
        let pair = element.as_text().and_then(|text| text.split_once(':'));
        let Some((key, value)) = pair.filter(|(key, value)| is_key(known, key) && !value.contains('\n'))
        else {
            return false;
        };
        let diagnostic = Diagnostic::error("missing-space", "a space is missing after the `:`")
            .at(element.span, format!("without it this is a text, and `{key}` is no key"));
        let lines = separated(key, value, known);
        let helps = lines.iter().enumerate().map(|(at, line)| {
            if at == 0 { format!("write `{line}`") } else { format!("and in a line of its own `{line}`") }
        });
        self.diagnostics.push(helps.fold(diagnostic, Diagnostic::help));
        true
    }

    /// Tells `-80:80`, which is a text, in the place of a list.
    pub(super) fn lacks_space_behind_dash(&mut self, element: &Element) -> bool {
        let item = element.as_text().and_then(|text| text.strip_prefix('-'));
        let Some(item) = item.filter(|item| !item.is_empty() && !item.starts_with([' ', '-'])) else {
            return false;
        };
        let first = item.split_once(" -").map_or(item, |(first, _)| first);
        self.diagnostics.push(
            Diagnostic::error("missing-space", "a space is missing after the `-`")
                .at(element.span, "without it this is a text, and no item of a list")
                .help(format!("write `- {first}`")),
        );
        true
    }

    /// Tells `- data:` in `volumes`, which is a mapping of nothing.
    pub(super) fn lacks_target(&mut self, members: &Members, element: &Element) -> bool {
        let (1, Some((name, member))) = (members.len(), members.first()) else { return false };
        let is_known = matches!(MOUNT, Form::Short(_, Form::Section(known)) if is_key(known, name));
        if !member.value.is_null() || is_known {
            return false;
        }
        let name = name.trim_matches('/');
        self.diagnostics.push(
            Diagnostic::error("bad-mount", "nothing stands after the `:`")
                .at(element.span, "with a `:` at its end this is a mapping")
                .help(format!("write the path in the container behind it: `{name}:/var/lib/{name}`")),
        );
        true
    }
}

/// What was written in lines of their own and is one text without its spaces: `image:a` and `restart:no`.
fn separated(key: &str, value: &str, known: &[Property]) -> Vec<String> {
    let mut lines = vec![format!("{key}:")];
    for word in value.split_whitespace() {
        match word.split_once(':').filter(|(key, _)| is_key(known, key)) {
            Some((key, value)) => lines.push(format!("{key}: {value}")),
            None => {
                let last = lines.pop().unwrap_or_default();
                lines.push(format!("{last} {word}"));
            }
        }
    }
    lines
}

fn is_key(known: &[Property], name: &str) -> bool {
    known.iter().any(|property| property.name == name)
}

/// Whether a value has a key that services have.
fn is_service(value: &Element) -> bool {
    value.members().is_some_and(|members| members.keys().any(|key| is_key(SERVICE, key)))
}
