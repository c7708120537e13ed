//! The canonical form of a project, as `docker compose config` prints it.

mod hidden;
mod order;
mod yaml;

use serde_json::{Map, Value};

use super::{
    canonical::printed_duration,
    element::{Content, Element, Members},
    form::{Empty, Form, Property, Short},
    format::CanonicalFormat,
    keys::TOP,
};
pub(super) use hidden::Hidden;
use maestro_core::value::secret::MASK;
use order::sorted;

/// Prints a project, without what is hidden.
pub(super) fn print(model: &Element, format: CanonicalFormat, hidden: Option<&Hidden<'_>>) -> String {
    let printer = Printer { format, hidden };
    let members = model.members().map(|members| printer.section(members, TOP)).unwrap_or_default();
    let text = match format {
        CanonicalFormat::Yaml => yaml::text(&Value::Object(members)),
        CanonicalFormat::Json => {
            let mut entries: Vec<(String, Value)> = members.into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            let text = serde_json::to_string_pretty(&Value::Object(entries.into_iter().collect()));
            // As Go does, whose JSON may stand in HTML.
            text.unwrap_or_default().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
        }
    };
    // What is printed may be read as a Compose file again.
    text.replace('$', "$$")
}

struct Printer<'a> {
    format: CanonicalFormat,
    hidden: Option<&'a Hidden<'a>>,
}

impl Printer<'_> {
    fn section(&self, members: &Members, known: &[Property]) -> Map<String, Value> {
        let mut printed = Map::new();
        for property in known {
            let member = members.get(property.name);
            let value = match (property.empty, member) {
                (Empty::LeftOut, Some(member)) if is_zero(&member.value) => None,
                (Empty::LeftOut, Some(member)) => {
                    self.value(&member.value, &property.form).filter(|value| !says_nothing(value))
                }
                (Empty::Printed, Some(member)) => {
                    self.value(&member.value, &property.form).filter(|value| !value.is_null())
                }
                (Empty::Hidden, _) | (Empty::LeftOut | Empty::Printed, None) => None,
            };
            let value = match (property.name, self.hidden, value) {
                // The content of a config.
                ("content", Some(_), Some(Value::String(_))) => Some(Value::String(MASK.to_owned())),
                (_, _, value) => value,
            };
            let value = match self.format {
                CanonicalFormat::Yaml => value,
                CanonicalFormat::Json => value.or_else(|| in_json(property)),
            };
            printed.extend(value.map(|value| (property.name.to_owned(), value)));
        }
        let extensions = members.iter().filter(|(name, _)| name.starts_with("x-"));
        let extensions: Vec<_> =
            extensions.map(|(name, member)| (name.clone(), self.anything(&member.value))).collect();
        printed.extend(sorted(extensions, self.format));
        printed
    }

    /// A value of that form. None for what cannot be there.
    fn value(&self, element: &Element, form: &Form) -> Option<Value> {
        let text = |text: String| Some(Value::String(text));
        match (form, &element.content) {
            (_, Content::Null) => Some(Value::Null),
            (Form::Bytes, Content::Integer(bytes)) => text(bytes.to_string()),
            (Form::Duration, Content::Integer(time)) => {
                text(printed_duration((*time).try_into().unwrap_or(i64::MAX)))
            }
            (Form::Permissions, Content::Integer(mode)) => text(format!("0{mode:o}")),
            (Form::Short(Short::Ssh, _), Content::Mapping(members)) => Some(ssh(members)),
            (Form::Optional(inner) | Form::Short(_, inner), _) => self.value(element, inner),
            (Form::Hosts, Content::Mapping(members)) => Some(hosts(members)),
            (Form::Pairs(_) | Form::Options, Content::Mapping(members)) => Some(self.pairs(members)),
            (Form::Command | Form::Test, Content::List(items)) => Some(self.words(items)),
            (Form::Section(known), Content::Mapping(members)) => {
                Some(Value::Object(self.section(members, known)))
            }
            (Form::List(inner), Content::List(items)) => {
                Some(items.iter().filter_map(|item| self.value(item, inner)).collect())
            }
            (Form::Named(inner), Content::Mapping(members)) => {
                let value = |element: &Element| self.value(element, inner).unwrap_or(Value::Null);
                let values = members.iter().map(|(name, member)| (name.clone(), value(&member.value)));
                Some(Value::Object(sorted(values.collect(), self.format)))
            }
            _ => Some(self.anything(element)),
        }
    }

    fn pairs(&self, members: &Members) -> Value {
        let value = |name: &str, element: &Element| match (self.hidden, element.as_text()) {
            (Some(hidden), Some(text)) => Value::String(hidden.named(name, text)),
            _ => self.anything(element),
        };
        let values = members.iter().map(|(name, member)| (name.clone(), value(name, &member.value)));
        Value::Object(sorted(values.collect(), self.format))
    }

    fn words(&self, items: &[Element]) -> Value {
        let texts: Option<Vec<&str>> = items.iter().map(Element::as_text).collect();
        match (self.hidden, texts) {
            (Some(hidden), Some(texts)) => hidden.words(&texts).into_iter().map(Value::String).collect(),
            (Some(_) | None, _) => items.iter().map(|item| self.anything(item)).collect(),
        }
    }

    fn anything(&self, element: &Element) -> Value {
        match &element.content {
            Content::Null => Value::Null,
            Content::Boolean(value) => Value::Bool(*value),
            Content::Integer(value) => whole(*value),
            Content::Number(value) => Value::from(*value),
            Content::Text(text) => Value::String(text.clone()),
            Content::List(items) => items.iter().map(|item| self.anything(item)).collect(),
            Content::Mapping(members) => {
                let values =
                    members.iter().map(|(name, member)| (name.clone(), self.anything(&member.value)));
                Value::Object(sorted(values.collect(), self.format))
            }
        }
    }
}

/// A whole number of 64 bits, with or without a sign.
fn whole(number: i128) -> Value {
    i64::try_from(number)
        .map(Value::from)
        .or_else(|_| u64::try_from(number).map(Value::from))
        .unwrap_or(Value::Null)
}

/// What JSON has for a value that is not there.
fn in_json(property: &Property) -> Option<Value> {
    match property.form {
        // An image's command and none at all differ.
        Form::Optional(Form::Command) => Some(Value::Null),
        _ => None,
    }
}

/// Whether a value is the number zero, however it is printed.
fn is_zero(element: &Element) -> bool {
    matches!(element.content, Content::Integer(0))
}

/// Whether a printed value is zero, false or empty.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

fn hosts(members: &Members) -> Value {
    let of_host = |(name, member): (&String, &super::element::Member)| {
        let addresses = member.value.items().unwrap_or_default();
        let texts = addresses.iter().filter_map(Element::as_text);
        texts.map(|address| format!("{name}={address}")).collect::<Vec<_>>()
    };
    let mut lines: Vec<String> = members.iter().flat_map(of_host).collect();
    lines.sort();
    lines.into()
}

fn ssh(members: &Members) -> Value {
    let mut lines: Vec<String> = members
        .iter()
        .map(|(id, member)| match member.value.as_text() {
            None | Some("") => id.clone(),
            Some(path) => format!("{id}: {path}"),
        })
        .collect();
    lines.sort();
    lines.into()
}
