//! What is said about values that do not fit.

use super::port_meant;
use crate::compose::{
    element::{Content, Element, Member, Members},
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
    Diagnostic::error("wrong-type", format!("{what} must be {wanted}")).at(element.span, found(element))
}

/// What to write in the place of a value of the wrong form. `key` has the value itself; `example` is a key with its value.
pub(super) fn way_out(
    element: &Element,
    key: Option<&str>,
    wanted: &str,
    example: Option<&str>,
) -> Option<String> {
    if let Some(key) = key
        && let Some(value) = meant_for(element, key, wanted)
    {
        return Some(format!("write `{key}: {value}`"));
    }
    match (&element.content, wanted, key, example) {
        (Content::Integer(_) | Content::Number(_), "text", _, _) => {
            Some(format!("put it in quotes: `\"{}\"`", element.content.printed()?))
        }
        (
            Content::Boolean(_) | Content::Integer(_) | Content::Number(_),
            "text or a list of words",
            Some(key),
            _,
        ) => Some(format!("put it in quotes: `{key}: \"{}\"`", element.content.printed()?)),
        (Content::Boolean(value), "text", _, None) => Some(format!("put it in quotes: `\"{value}\"`")),
        (Content::Text(text), "a mapping of keys to values", None, Some(example))
            if example.starts_with("depends_on") =>
        {
            let known = ["started", "healthy", "completed_successfully"];
            let found = known.iter().find(|word| word.contains(text.as_str()) || text.contains(**word));
            Some(format!("write `{{condition: service_{}}}`", found.copied().unwrap_or("started")))
        }
        (Content::List(items), "a mapping of keys to values", None, Some(example))
            if example.starts_with("depends_on")
                && items.len() == 1
                && items[0].get("condition").is_some() =>
        {
            Some("leave out the `-`".to_owned())
        }
        (Content::Mapping(_), "a list", Some(key), _) if element.get("subnet").is_some() => {
            Some(format!("put a `- ` before the first key below `{key}`"))
        }
        (Content::Mapping(_), "text", None, Some(example)) => match name_and_value(element) {
            // An item of a list of names and values.
            Some((name, value)) if example.contains(": {") => Some(format!("write `{name}={value}`")),
            _ if example.contains(": {") => Some(format!("write for example `{example}`, without `-`")),
            _ => Some(format!("write for example `{example}`")),
        },
        (Content::List(items), "text", None, _) if are_texts(items) => {
            Some("write one list, without the brackets in it".to_owned())
        }
        (_, _, _, Some(example)) => Some(format!("write for example `{example}`")),
        (Content::List(_), _, Some(key), None) => {
            Some(format!("write one value after `{key}:`, without brackets"))
        }
        (Content::Mapping(_), _, Some(key), None) => Some(format!("write one value after `{key}:`")),
        _ => None,
    }
}

/// A mapping that is a name and a value, also as Kubernetes writes variables.
fn name_and_value(element: &Element) -> Option<(String, String)> {
    let members = element.members()?;
    if let (1, Some((name, member))) = (members.len(), members.first()) {
        return Some((name.clone(), member.value.content.printed()?));
    }
    let of = |key: &str| element.get(key).and_then(|value| value.content.printed());
    Some((of("name")?, of("value")?))
}

/// The value that a key takes, made of what is written behind it.
fn meant_for(element: &Element, key: &str, wanted: &str) -> Option<String> {
    let list = |items: Vec<String>| Some(format!("[{}]", items.join(", ")));
    match (&element.content, wanted, key) {
        (Content::Text(text), _, "healthcheck") => Some(format!("{{test: {}}}", as_item(text))),
        (Content::Text(text), _, "restart_policy") => {
            let condition = match text.as_str() {
                "always" | "unless-stopped" => "any",
                "no" | "never" => "none",
                _ => "on-failure",
            };
            Some(format!("{{condition: {condition}}}"))
        }
        (Content::Text(text), "a list" | LIST_OR_MAPPING, _) | (Content::Text(text), _, "links") => {
            list(items_in(text, key))
        }
        (Content::Integer(_), "a list", "ports") => list(port_meant::of_values(element)?),
        (Content::Number(number), "a whole number", _) => Some(format!("{:.0}", number.trunc())),
        (Content::Mapping(members), "a list", _) => list(items_of(members, key)?),
        (Content::List(items), "a mapping of names to values", _) if are_names(items) => {
            let names: Vec<String> =
                items.iter().filter_map(Element::as_text).map(|name| format!("{name}: {{}}")).collect();
            Some(format!("{{{}}}", names.join(", ")))
        }
        _ => None,
    }
}

/// What a key takes that names services or networks.
pub(super) const LIST_OR_MAPPING: &str = "a list of names, or a mapping of names to values";
/// Keys whose items are single words.
const OF_WORDS: [&str; 14] = [
    "cap_add",
    "cap_drop",
    "configs",
    "depends_on",
    "dns",
    "expose",
    "external_links",
    "group_add",
    "links",
    "networks",
    "profiles",
    "secrets",
    "security_opt",
    "volumes_from",
];

/// The items of a list that is written as one text: several words are several items, if an item is one word.
fn items_in(text: &str, key: &str) -> Vec<String> {
    let is_separator = |c: char| c == ',' || c.is_whitespace();
    let words = text.split(is_separator).filter(|word| !word.is_empty()).map(as_item);
    if OF_WORDS.contains(&key) { words.collect() } else { vec![as_item(text)] }
}

/// The items of a list that is written as a mapping.
fn items_of(members: &Members, key: &str) -> Option<Vec<String>> {
    let joined =
        |(name, member): (&String, &Member)| Some(format!("\"{name}:{}\"", member.value.content.printed()?));
    let is_path = |member: &Member| member.value.as_text().is_some_and(|text| text.starts_with('/'));
    let is_number = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
    match key {
        "ports" if members.keys().all(is_number) => members.iter().map(joined).collect(),
        "ports" => port_meant::of_names(members),
        "volumes" if members.values().all(is_path) => members.iter().map(joined).collect(),
        _ if !members.is_empty() && members.values().all(|member| is_nothing(&member.value)) => {
            Some(members.keys().map(|name| as_item(name)).collect())
        }
        _ => None,
    }
}

fn is_nothing(element: &Element) -> bool {
    element.is_null() || element.members().is_some_and(Members::is_empty)
}

fn are_texts(items: &[Element]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.as_text().is_some())
}

fn are_names(items: &[Element]) -> bool {
    let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    are_texts(items) && items.iter().filter_map(Element::as_text).all(is_name)
}

/// A text as an item between brackets.
fn as_item(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    if is_plain { text.to_owned() } else { quoted(text) }
}

/// A text in double quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
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
