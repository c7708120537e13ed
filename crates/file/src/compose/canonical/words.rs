//! What is said about values that do not fit.

use crate::compose::{
    element::{Content, Element},
    form::Form,
};
use maestro_core::diagnostic::Diagnostic;

/// What a value is, in the words of YAML's users.
pub(in crate::compose) fn found(element: &Element) -> &'static str {
    match element.content {
        Content::Null => "nothing is written here",
        Content::Boolean(true) => "YAML reads this as true",
        Content::Boolean(false) => "YAML reads this as false",
        Content::Integer(_) | Content::Number(_) => "this is a number",
        Content::Text(_) => "this is text",
        Content::List(_) => "this is a list",
        Content::Mapping(_) => "this is a mapping",
    }
}

/// Says what a value should be.
pub(super) fn wrong_type(element: &Element, what: &str, wanted: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error("wrong-type", format!("{what} must be {wanted}")).at(element.span, found(element));
    match (&element.content, wanted) {
        (Content::Integer(_) | Content::Number(_) | Content::Boolean(_), "text") => {
            diagnostic.help("put it in quotes")
        }
        (Content::Text(_), "a list") => diagnostic.help("put it between brackets, or behind a `-`"),
        _ => diagnostic,
    }
}

/// What a form takes, as a noun.
pub(super) fn wanted(form: &Form) -> &'static str {
    match form {
        Form::Anything => "a value",
        Form::Text | Form::Word(_) => "text",
        Form::Scalar => "text or a number",
        Form::Boolean => "true or false",
        Form::Integer | Form::Count => "a whole number",
        Form::Number => "a number",
        Form::Bytes => "a number of bytes",
        Form::Duration => "a time",
        Form::Permissions => "permissions in octal digits",
        Form::Command | Form::Test => "text or a list of words",
        Form::List(_) | Form::Texts => "a list",
        Form::Pairs(_) | Form::Options | Form::Hosts | Form::Named(_) | Form::Section(_) => "a mapping",
        Form::Optional(inner) | Form::Short(_, inner) => wanted(inner),
    }
}
