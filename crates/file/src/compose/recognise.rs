//! Whether a file is a Compose file, by its name and its content.

use std::path::Path;

use super::request::is_compose_name;
use crate::document::{
    is_compose_file,
    template::Rendered,
    yaml::{self, Dialect, NodeKind, Yaml},
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
    let file = Sources::default().add("", text);
    let rendered = Rendered::as_written(file, text.to_owned());
    match yaml::parse_as(Dialect::Compose, &rendered, &mut Diagnostics::default()) {
        Some(yaml) if is_of_maestro(&yaml) => FileFormat::Maestro,
        _ if is_called_compose => FileFormat::Compose,
        Some(yaml) if is_compose_file(&yaml) => FileFormat::Compose,
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
            ("shop.yaml", both, Either),
            ("shop.yaml", "services: {web: {image: nginx}}\n", Compose),
            ("shop.yaml", "services: {web: {}}\n", Either),
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
