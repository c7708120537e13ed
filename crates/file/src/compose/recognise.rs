//! Whether a file is a Compose file, by its name and its content.

use std::path::Path;

use super::request::is_compose_name;
use crate::document::{
    is_compose_file,
    template::Rendered,
    yaml::{self, Dialect, NodeKind, Yaml},
};
use maestro_core::{diagnostic::Diagnostics, source::Sources};

/// Whether a file is a Compose file: one that is called so, unless it has what only a file of Maestro has, or one whose
/// services are those of Compose.
#[must_use]
pub fn is_compose(path: &Path, content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let file = Sources::default().add("", text);
    let rendered = Rendered::as_written(file, text.to_owned());
    let yaml = yaml::parse_as(Dialect::Compose, &rendered, &mut Diagnostics::default());
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if is_compose_name(name) {
        return !yaml.is_some_and(|yaml| is_of_maestro(&yaml));
    }
    yaml.is_some_and(|yaml| is_compose_file(&yaml))
}

/// Whether a tree has keys that Compose does not have and Maestro has.
fn is_of_maestro(yaml: &Yaml) -> bool {
    let has = |node, names: &[&str]| {
        yaml.entries(node)
            .iter()
            .any(|entry| matches!(yaml.kind(entry.key), NodeKind::Scalar(key) if names.contains(&key.text.as_str())))
    };
    let services = yaml
        .entries(yaml.root())
        .into_iter()
        .find(|entry| matches!(yaml.kind(entry.key), NodeKind::Scalar(key) if key.text == "services"));
    let services = services.map(|entry| yaml.entries(entry.value)).unwrap_or_default();
    has(yaml.root(), &["ships", "__maestro"])
        || services.iter().any(|service| has(service.value, &["instances"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compose_files_are_told_by_name_and_content() {
        let compose = "services: {web: {image: nginx, ports: ['80:80']}}\n";
        let maestro = "name: shop\nservices: {web: {image: nginx, instances: {web-1: {}}}}\n";
        for (name, content, expected) in [
            ("compose.yaml", compose, true),
            ("docker-compose.prod.yml", compose, true),
            ("compose.yaml", "services: [\n", true),
            ("compose.yaml", "", true),
            ("compose.yaml", maestro, false),
            ("shop.yaml", compose, true),
            ("shop.yaml", maestro, false),
            ("shop.yaml", "name: shop\nservices: {web: {image: nginx}}\n", false),
            ("shop.yaml", "services: {{ x }}\n", false),
            (
                "maestro.yaml",
                "ships: {a: {ip: 1.2.3.4}}\nservices: {web: {image: nginx, ports: [80]}}\n",
                false,
            ),
        ] {
            assert_eq!(is_compose(Path::new(name), content.as_bytes()), expected, "{name}: {content}");
        }
    }
}
