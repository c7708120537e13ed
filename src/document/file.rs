//! The file as a whole: what the user wrote, section by section.

use super::{
    keys::{self, Support},
    read::{Field, Reader},
    service::{self, ServiceSection},
    ship::{self, ShipSection},
    yaml::{Kind, Yaml},
};
use crate::{
    diagnostic::{Diagnostic, Diagnostics, nearest},
    source::{Span, Spanned},
};

/// How `volumes` are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// `container: host`; what a file without a header has.
    One,
    /// `host: container`
    Two,
}

/// What the user wrote.
#[derive(Debug, Clone)]
pub struct Document {
    /// `name`
    pub name: Spanned<String>,
    /// `__maestro.schema`
    pub schema: Schema,
    /// `ships`; none if the file has no such key.
    pub ships: Option<Vec<ShipSection>>,
    /// `services`
    pub services: Vec<ServiceSection>,
}

const MINIMUM: &str = "a file begins with a name: `name: my-environment`, then `services:`";

/// Reads a parsed file. None if nothing can be made of it; the problems say why.
pub fn read(yaml: &Yaml, diagnostics: &mut Diagnostics) -> Option<Document> {
    let reader = &mut Reader { yaml, diagnostics };
    let root = yaml.root();
    let file = yaml.span(root).file;
    if reader.is_null(root) {
        reader.diagnostics.push(
            Diagnostic::error("empty-file", "the file is empty")
                .at(Span::new(file, 0..0), "nothing is written here")
                .help(MINIMUM),
        );
        return None;
    }
    if !matches!(yaml.kind(root), Kind::Mapping(_)) {
        reader.wrong_type(root, "the file", "a mapping of keys to values", "name: my-environment");
        return None;
    }
    let entries = reader.mapping(root, "the file", "name: my-environment")?;
    for field in &entries {
        check_top_key(reader, field, &entries);
    }
    let get = |reader: &Reader<'_>, key: &str| {
        entries.iter().find(|field| field.key.value == key && !reader.is_null(field.value)).cloned()
    };
    let schema = get(reader, "__maestro").map_or(Schema::One, |field| schema(reader, &field));
    let defaults = get(reader, "ship_defaults");
    let ships = get(reader, "ships").map(|field| ship::read(reader, field.value, defaults.as_ref()));
    let services = get(reader, "services").map(|field| service::read(reader, &field)).unwrap_or_default();
    let name = get(reader, "name").and_then(|field| reader.text(field.value, "`name`", "my-environment"));
    if let Some(name) = &name
        && name.value.trim().is_empty()
    {
        reader.diagnostics.push(
            Diagnostic::error("missing-key", "the environment's name is empty")
                .at(name.span, "no name")
                .help(MINIMUM),
        );
    }
    if name.is_none() && get(reader, "name").is_none() {
        reader.diagnostics.push(
            Diagnostic::error("missing-key", "the environment has no name")
                .at(Span::new(file, 0..0), "no `name:` in this file")
                .note("containers bear the environment's name in a label; that is how they are known again")
                .help("add a line `name: my-environment`"),
        );
    }
    Some(Document { name: name?, schema, ships, services })
}

/// Unknown keys are allowed at the top: files keep YAML anchors there. One that is nearly known is worth a warning.
fn check_top_key(reader: &mut Reader<'_>, field: &Field, siblings: &[Field]) {
    let name = &field.key.value;
    let span = field.key.span;
    if let Some(key) = keys::TOP.iter().find(|key| key.name == name) {
        match key.support {
            Support::Carried | Support::Obsolete => {}
            Support::Unused => reader.diagnostics.push(
                Diagnostic::warning(
                    "unused-key",
                    format!("`{name}` is read, but has no effect in this version"),
                )
                .at(span, "has no effect yet")
                .note(key.about),
            ),
            Support::NotYet => {
                if reader.yaml.value(field.value) != super::scalar::Value::Text("static".to_owned()) {
                    reader.diagnostics.push(
                        Diagnostic::error("unknown-provider", "there is no such ship provider")
                            .at(reader.span(field.value), "only `static` is known")
                            .help("leave `ship_provider` out and write the ships under `ships`"),
                    );
                }
            }
        }
        return;
    }
    if name.starts_with('_') || name.starts_with("x-") {
        return;
    }
    let free = keys::TOP.iter().map(|key| key.name);
    let free = free.filter(|key| siblings.iter().all(|other| other.key.value != *key));
    if let Some(near) = nearest(name, free) {
        reader.diagnostics.push(
            Diagnostic::warning(
                "unknown-key",
                format!("`{name}` is not a key of the file, so nothing reads it"),
            )
            .at(span, "unknown key")
            .help(format!("did you mean `{near}`? Otherwise call it `x-{name}`, and nothing is said of it")),
        );
    }
}

fn schema(reader: &mut Reader<'_>, field: &Field) -> Schema {
    let Some(fields) = reader.section(field.value, "`__maestro`", &[keys::HEADER], "{schema: 2}") else {
        return Schema::One;
    };
    let Some(schema) = fields.get(reader, "schema").cloned() else { return Schema::One };
    let Some(number) = reader.integer(schema.value, "`schema`", (i64::MIN, i64::MAX)) else {
        return Schema::One;
    };
    match number.value {
        1 => Schema::One,
        2 => Schema::Two,
        other => {
            reader.diagnostics.push(
                Diagnostic::error("unknown-schema", format!("there is no schema {other}"))
                    .at(number.span, "expected 1 or 2")
                    .help("write `schema: 2`; there is no later one"),
            );
            Schema::Two
        }
    }
}
