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
    Work { diagnostics }.section(element, known, "a Compose file", element.span);
}

struct Work<'d> {
    diagnostics: &'d mut Diagnostics,
}

impl Work<'_> {
    /// `what` names the mapping, which is written at `place`.
    fn section(&mut self, element: &Element, known: &[Property], what: &str, place: Span) {
        let Some(members) = element.members() else { return };
        for property in known {
            match members.get(property.name) {
                Some(member) => {
                    self.of_form(&member.value, &property.form, property, (property.name, member.key));
                }
                None if property.required => {
                    let text = format!("{what} has no `{}`", property.name);
                    let help = match property.example() {
                        Some(example) => format!("write for example `{example}`"),
                        None => format!("write `{}: …`", property.name),
                    };
                    let label = format!("no `{}` below it", property.name);
                    self.diagnostics.push(Diagnostic::error("missing-key", text).at(place, label).help(help));
                }
                None => {}
            }
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
            (Form::Section(known), _) => self.section(element, known, &format!("`{name}`"), place),
            (Form::List(inner), Content::List(items)) => {
                let what = format!("each item of `{name}`");
                for item in items {
                    match unwrapped(inner) {
                        Form::Section(known) => self.section(item, known, &what, item.span),
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
