//! Whether a file is a Compose file, by its name and its content.

use std::path::Path;

use super::{
    form::Property,
    keys::{SERVICE, TOP},
    request::is_compose_name,
};
use crate::document::{
    is_compose_file,
    template::Rendered,
    yaml::{self, Dialect, NodeId, NodeKind, Yaml},
};
use maestro_core::{diagnostic::Diagnostics, source::Sources};

/// Names of files of Maestro that are looked for where none is named, the most preferred first.
pub const MAESTRO_NAMES: [&str; 2] = ["maestro.yaml", "maestro.yml"];

/// Which format a file is in, as far as the file itself says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// That of Compose.
    Compose,
    /// That of Maestro.
    Maestro,
    /// It has nothing that only one of them has.
    Either,
}

/// The format of a file. One that is called as files of Maestro are is one; one that is called as Compose files are is one
/// unless it has what only a file of Maestro has; of others the content tells.
#[must_use]
pub fn format_of(path: &Path, content: &[u8]) -> FileFormat {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if MAESTRO_NAMES.contains(&name) {
        return FileFormat::Maestro;
    }
    let is_called_compose = is_compose_name(name);
    let Ok(text) = std::str::from_utf8(content) else {
        return if is_called_compose { FileFormat::Compose } else { FileFormat::Either };
    };
    if is_of_maestro_at_a_glance(text, is_called_compose) {
        return FileFormat::Maestro;
    }
    // Without these words there is nothing that only a file of Maestro has. Large files are not parsed once more.
    if is_called_compose && !["ship", "instances", "__maestro"].iter().any(|word| text.contains(word)) {
        return FileFormat::Compose;
    }
    let file = Sources::default().add("", text);
    let rendered = Rendered::as_written(file, text.to_owned());
    match yaml::parse_as(Dialect::Compose, &rendered, &mut Diagnostics::default()) {
        Some(yaml) if is_of_maestro(&yaml) => FileFormat::Maestro,
        _ if is_called_compose => FileFormat::Compose,
        Some(yaml) if is_compose_file(&yaml) || is_valid_in_compose_alone(&yaml) => FileFormat::Compose,
        Some(_) | None => FileFormat::Either,
    }
}

/// Whether a line says that a text is of Maestro. Spares large files to be parsed once more.
fn is_of_maestro_at_a_glance(text: &str, is_called_compose: bool) -> bool {
    let has_templates = |line: &str| ["{%", "{#", "{{"].iter().any(|mark| line.starts_with(mark));
    text.lines().any(|line| {
        ["ships:", "__maestro:"].iter().any(|key| line.starts_with(key))
            || !is_called_compose && has_templates(line.trim_start())
    })
}

/// The entries of a mapping by their names.
fn named(yaml: &Yaml, node: NodeId) -> impl Iterator<Item = (String, NodeId)> {
    yaml.entries(node).into_iter().filter_map(|entry| match yaml.kind(entry.key) {
        NodeKind::Scalar(key) => Some((key.text.clone(), entry.value)),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) | NodeKind::Bad => None,
    })
}

/// The services of a tree.
fn services(yaml: &Yaml) -> Vec<(String, NodeId)> {
    let services = named(yaml, yaml.root()).find(|(key, _)| key == "services");
    services.map(|(_, services)| named(yaml, services).collect()).unwrap_or_default()
}

/// Whether a tree has keys that Compose does not have and Maestro has.
fn is_of_maestro(yaml: &Yaml) -> bool {
    let has = |node, names: &[&str]| named(yaml, node).any(|(key, _)| names.contains(&key.as_str()));
    let services = services(yaml);
    let has_any = |names: &[&str]| services.iter().any(|(_, service)| has(*service, names));
    has(yaml.root(), &["ships", "__maestro"])
        || has_any(&["instances", "ship", "ships", "per_ship"])
        // A site file may say no more than this of services; a Compose file with such a key has a mistake.
        || has_any(&["carry", "hooks", "lifecycle", "update"]) && !has_any(&["image", "build", "extends"])
}

/// Whether a tree that says no instances, as a file of Maestro must, says all that a Compose file must. It has no name, which
/// a file of Maestro must have, or no key that Compose does not know.
fn is_valid_in_compose_alone(yaml: &Yaml) -> bool {
    let has = |node, names: &[&str]| named(yaml, node).any(|(key, _)| names.contains(&key.as_str()));
    let knows = |node, known: &[Property]| {
        let is_known = |key: &str| key.starts_with("x-") || known.iter().any(|property| property.name == key);
        named(yaml, node).all(|(key, _)| key == "<<" || is_known(&key))
    };
    let services = services(yaml);
    let is_whole = |service| has(service, &["image", "build", "extends", "provider", "<<"]);
    let is_known = || knows(yaml.root(), TOP) && services.iter().all(|(_, service)| knows(*service, SERVICE));
    !services.is_empty()
        && services.iter().all(|(_, service)| is_whole(*service))
        && (!has(yaml.root(), &["name"]) || is_known())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_name_and_content() {
        use FileFormat::{Compose, Either, Maestro};
        let compose = "services: {web: {image: nginx, ports: ['80:80']}}\n";
        let maestro = "name: shop\nservices: {web: {image: nginx, instances: {web-1: {}}}}\n";
        let both = "name: shop\nservices: {web: {image: nginx}}\n";
        for (name, content, expected) in [
            ("compose.yaml", compose, Compose),
            ("docker-compose.prod.yml", compose, Compose),
            ("compose.yaml", both, Compose),
            ("compose.yaml", "services: [\n", Compose),
            ("compose.yaml", "", Compose),
            ("compose.yaml", maestro, Maestro),
            ("compose.yaml", "configs:\n  page:\n    content: |\n      {{ .Name }}\n", Compose),
            ("shop.yaml", compose, Compose),
            ("shop.yaml", maestro, Maestro),
            ("shop.yaml", both, Compose),
            ("shop.yaml", "services: {web: {image: nginx, imag: x}}\n", Compose),
            ("shop.yaml", "x-a: &a {image: b}\nname: shop\nservices: {web: {<<: *a}}\n", Compose),
            ("shop.yaml", "name: shop\nservices: {web: {image: nginx, env: {A: b}}}\n", Either),
            ("shop.yaml", "services: {web: {}}\n", Either),
            ("site.yaml", "services: {web: {update: {parallel: 2}}}\n", Maestro),
            ("site.yaml", "services: {web: {image: nginx, update: {parallel: 2}}}\n", Compose),
            ("shop.yaml", "services: {{ x }}\n", Either),
            ("shop.yaml", "services:\n  {% for x in y %}\n  web: {image: nginx, ports: [80]}\n", Maestro),
            ("shop.yaml", "services:\n  web:\n    image: nginx\n    ports: [80]\nships:\n  a: {}\n", Maestro),
            ("maestro.yaml", compose, Maestro),
            ("maestro.yml", "", Maestro),
        ] {
            assert_eq!(format_of(Path::new(name), content.as_bytes()), expected, "{name}: {content}");
        }
    }
}
