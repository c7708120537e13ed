//! Values that are in one of Compose's forms, as they are written: `resolve` brings them into the long form.

use super::{
    element::{Content, Element, Member, Members},
    read::Field,
    scalar::Value,
    yaml::{NodeId, NodeKind, Yaml},
};

/// A key and its value as a tree.
pub(super) fn member(yaml: &Yaml, field: &Field) -> (String, Member) {
    (field.key.value.clone(), Member::new(field.key.span, element(yaml, field.value)))
}

/// The value as a tree. Variables are not filled in: templates do that in a file of Maestro.
fn element(yaml: &Yaml, node: NodeId) -> Element {
    let content = match yaml.kind(node) {
        NodeKind::Bad => Content::Null,
        NodeKind::Sequence(items) => Content::List(items.iter().map(|&item| element(yaml, item)).collect()),
        NodeKind::Mapping(_) => Content::Mapping(members(yaml, node)),
        NodeKind::Scalar(scalar) => match yaml.value(node) {
            Value::Null => Content::Null,
            Value::Bool(flag) => Content::Boolean(flag),
            // `22:22` is no number of seconds here, but two ports.
            Value::Int(_) | Value::Float(_) if scalar.text.contains(':') => {
                Content::Text(scalar.text.clone())
            }
            Value::Int(number) if (i64::MIN.into()..=u64::MAX.into()).contains(&number) => {
                Content::Integer(number)
            }
            Value::Int(_) => Content::Text(scalar.text.clone()),
            Value::Float(number) => Content::Number(number),
            Value::Text(text) => Content::Text(text),
        },
    };
    Element::new(yaml.span(node), content)
}

fn members(yaml: &Yaml, node: NodeId) -> Members {
    let mut members = Members::new();
    for entry in yaml.entries(node) {
        let NodeKind::Scalar(key) = yaml.kind(entry.key) else { continue };
        let member = Member::new(yaml.span(entry.key), element(yaml, entry.value));
        members.insert(key.text.clone(), member);
    }
    members
}
