//! Lists in the place of sections with names, and an image whose parts are keys.

use super::parts::{mapping, text, texts};
use crate::document::{
    interpolation::as_template,
    scalar::as_scalar,
    yaml::{NodeId, NodeKind, Yaml},
};

/// A list of `NAME=value` or `NAME: value`.
pub(super) fn variables(yaml: &Yaml, node: NodeId) -> Option<String> {
    let NodeKind::Sequence(items) = yaml.kind(node) else { return None };
    let pair = |item: &NodeId| match &yaml.entries(*item)[..] {
        [] => {
            let written = text(yaml, *item)?;
            let (name, value) = written.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        }
        [entry] => Some((text(yaml, entry.key)?, text(yaml, entry.value)?)),
        _ => None,
    };
    let pairs: Option<Vec<(String, String)>> = items
        .iter()
        .map(|item| {
            let (name, value) = pair(item)?;
            let value = as_template(&value).unwrap_or(value);
            Some((as_scalar(&name), serde_json::Value::from(value).to_string()))
        })
        .collect();
    pairs.filter(|pairs| !pairs.is_empty()).map(mapping)
}

/// An image whose name and tag are keys.
pub(super) fn image(yaml: &Yaml, node: NodeId) -> Option<String> {
    let get = |key: &str| yaml.value_of(node, key).and_then(|value| text(yaml, value));
    let name = get("name").or_else(|| get("repository")).or_else(|| get("image"))?;
    let name = get("registry").map_or(name.clone(), |registry| format!("{registry}/{name}"));
    Some(get("tag").map_or(name.clone(), |tag| format!("{name}:{tag}")))
}

/// A list of names.
pub(super) fn instances(yaml: &Yaml, node: NodeId) -> Option<String> {
    let NodeKind::Sequence(_) = yaml.kind(node) else { return None };
    let names = texts(yaml, node).filter(|names| !names.is_empty())?;
    let is_name = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let is_free = |(at, name): (usize, &String)| !names[..at].contains(name);
    (names.iter().all(is_name) && names.iter().enumerate().all(is_free))
        .then(|| mapping(names.iter().map(|name| (as_scalar(name), "{}".to_owned()))))
}

/// A list of addresses.
pub(super) fn ships(yaml: &Yaml, node: NodeId) -> Option<String> {
    let NodeKind::Sequence(_) = yaml.kind(node) else { return None };
    let addresses = texts(yaml, node).filter(|addresses| !addresses.is_empty())?;
    let is_address = |text: &String| text.parse::<std::net::IpAddr>().is_ok();
    let ship = |(address, number): (&String, usize)| {
        (format!("node{number}"), format!("{{ip: {}}}", as_scalar(address)))
    };
    addresses.iter().all(is_address).then(|| mapping(addresses.iter().zip(1..).map(ship)))
}
