//! What must be written in the end, when all files are merged.

use super::{
    canonical::found,
    element::{Content, Element},
    form::{Form, Property},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::Span,
};

/// Tells keys of a file without a value and keys that are missing.
pub(super) fn file(element: &Element, known: &[Property], diagnostics: &mut Diagnostics) {
    Work { diagnostics }.section(element, known, Mapping::File, element.span);
}

/// A mapping, as it is named in messages.
#[derive(Clone, Copy)]
enum Mapping<'a> {
    File,
    Of(&'a str),
    ItemOf(&'a str),
}

impl std::fmt::Display for Mapping<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File => f.write_str("a Compose file"),
            Self::Of(key) => write!(f, "`{key}`"),
            Self::ItemOf(key) => write!(f, "an item of `{key}`"),
        }
    }
}

struct Work<'d> {
    diagnostics: &'d mut Diagnostics,
}

impl Work<'_> {
    /// `what` names the mapping, which is written at `place`.
    fn section(&mut self, element: &Element, known: &[Property], what: Mapping<'_>, place: Span) {
        let Some(members) = element.members() else { return };
        for (name, member) in members {
            if let Some(property) = known.iter().find(|property| property.name == name) {
                self.of_form(&member.value, &property.form, property, (property.name, member.key));
            }
        }
        for property in known.iter().filter(|property| property.required) {
            if members.contains_key(property.name) {
                continue;
            }
            let text = format!("{what} has no `{}`", property.name);
            let help = match property.example() {
                Some(example) => format!("write for example `{example}`"),
                None => format!("write `{}: …`", property.name),
            };
            let label = format!("no `{}` below it", property.name);
            self.diagnostics.push(Diagnostic::error("missing-key", text).at(place, label).help(help));
        }
    }

    /// `property` is the key that the value is read for, `name` and its place what stands before it.
    fn of_form(&mut self, element: &Element, form: &Form, property: &Property, (name, place): (&str, Span)) {
        match (form, &element.content) {
            (Form::Anything | Form::Optional(_), Content::Null) => {}
            (_, Content::Null) => {
                let help = match property.example() {
                    Some(example) => format!("write for example `{example}`, or leave the key out"),
                    None => "write one, or leave the key out".to_owned(),
                };
                self.diagnostics.push(
                    Diagnostic::error("wrong-type", format!("`{name}` has no value"))
                        .at(element.span, found(element))
                        .help(help),
                );
            }
            (Form::Optional(inner) | Form::Short(_, inner), _) => {
                self.of_form(element, inner, property, (name, place));
            }
            (Form::Section(known), _) => self.section(element, known, Mapping::Of(name), place),
            (Form::List(inner), Content::List(items)) => {
                for item in items {
                    match unwrapped(inner) {
                        Form::Section(known) => self.section(item, known, Mapping::ItemOf(name), item.span),
                        _ => self.of_form(item, inner, property, (name, item.span)),
                    }
                }
            }
            (Form::Named(inner), Content::Mapping(members)) => {
                for (name, member) in members {
                    self.of_form(&member.value, inner, property, (name, member.key));
                }
            }
            _ => {}
        }
    }
}

fn unwrapped(form: &Form) -> &Form {
    match form {
        Form::Short(_, inner) => unwrapped(inner),
        form => form,
    }
}
