//! What must be written in the end, when all files are merged.

use super::{
    canonical::found,
    element::{Content, Element},
    form::{Form, Property},
};
use maestro_core::diagnostic::{Diagnostic, Diagnostics};

/// Tells keys without a value and keys that are missing. `what` names the mapping.
pub(super) fn section(element: &Element, known: &[Property], what: &str, diagnostics: &mut Diagnostics) {
    let Some(members) = element.members() else { return };
    for property in known {
        match members.get(property.name) {
            Some(member) => of_form(&member.value, &property.form, property.name, diagnostics),
            None if property.required => {
                let diagnostic =
                    Diagnostic::error("missing-key", format!("{what} has no `{}`", property.name))
                        .at(element.span, format!("no `{}` here", property.name));
                diagnostics.push(diagnostic);
            }
            None => {}
        }
    }
}

fn of_form(element: &Element, form: &Form, name: &str, diagnostics: &mut Diagnostics) {
    match (form, &element.content) {
        (Form::Anything | Form::Optional(_), Content::Null) => {}
        (_, Content::Null) => {
            let diagnostic = Diagnostic::error("wrong-type", format!("`{name}` has no value"))
                .at(element.span, found(element))
                .help("write one, or leave the key out");
            diagnostics.push(diagnostic);
        }
        (Form::Optional(inner) | Form::Short(_, inner), _) => of_form(element, inner, name, diagnostics),
        (Form::Section(known), _) => section(element, known, &format!("`{name}`"), diagnostics),
        (Form::List(inner), Content::List(items)) => {
            let what = format!("each item of `{name}`");
            for item in items {
                match unwrapped(inner) {
                    Form::Section(known) => section(item, known, &what, diagnostics),
                    _ => of_form(item, inner, name, diagnostics),
                }
            }
        }
        (Form::Named(inner), Content::Mapping(members)) => {
            for (name, member) in members {
                of_form(&member.value, inner, name, diagnostics);
            }
        }
        _ => {}
    }
}

fn unwrapped(form: &Form) -> &Form {
    match form {
        Form::Short(_, inner) => unwrapped(inner),
        form => form,
    }
}
