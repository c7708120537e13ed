//! The file as a whole: what the user wrote, section by section.

use super::{
    audit,
    element::Members,
    files::{self, FileKind, FileSection},
    keys, other,
    profiles::InactivePart,
    raw,
    read::{Field, Reader},
    registries::{self, RegistrySection},
    scalar::Value,
    schema::Schema,
    sensitive,
    service::{self, ServiceSection},
    ship::{self, ShipSection},
    top,
    unread::Gaps,
    yaml::Yaml,
};
use maestro_core::{
    diagnostic::{Applicability, Diagnostic, Diagnostics, Help},
    source::{Span, Spanned},
    value::{audit::Auditor, secret::Sensitive},
};

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
    /// `registries`
    pub registries: Vec<RegistrySection>,
    /// `configs` and `secrets`
    pub files: Vec<FileSection>,
    /// `audit`
    pub audit: Vec<Auditor>,
    /// `sensitive`
    pub sensitive: Sensitive,
    /// `container_names`
    pub container_names: Option<Spanned<String>>,
    /// `networks` and `volumes`, as they are written.
    pub resources: Members,
    /// What takes no part, since none of its profiles is active.
    pub inactive: Vec<InactivePart>,
    /// What could not be read.
    pub gaps: Gaps,
    /// The keys at the top, in the order of the file.
    pub keys: Vec<Spanned<String>>,
}

/// Sections of what instances share on a ship.
const RESOURCES: [&str; 2] = ["networks", "volumes"];

const MINIMUM: &str = "a file begins with a name: `name: my-environment`, then `services:`";

/// Reads a parsed file. None if nothing can be made of it; the problems say why.
pub fn read(yaml: &Yaml, diagnostics: &mut Diagnostics) -> Option<Document> {
    let reader = &mut Reader::new(yaml, diagnostics);
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
    if let Some(problem) = other::tree(yaml) {
        reader.diagnostics.push(problem);
        return None;
    }
    let entries = reader.mapping(root, "the file", "keys to values", "name: my-environment")?;
    let mut gaps = Gaps { text: yaml.is_repaired(), ..Gaps::default() };
    // Before anything else is told of the values that it marks.
    let sensitive = field_of(reader, &entries, "sensitive")
        .map(|field| sensitive::read(reader, &field))
        .unwrap_or_default();
    if let Some(field) = field_of(reader, &entries, "__maestro") {
        check_schema(reader, &field);
    }
    let schema = reader.schema;
    let renamed = top::check(reader, &entries, &mut gaps);
    check_renamed(reader, &renamed, &mut gaps);
    let get = |reader: &Reader<'_>, key: &str| field_of(reader, &entries, key);
    let defaults = get(reader, "ship_defaults");
    if get(reader, "services").is_none() {
        unindented_services(reader, &entries, &mut gaps);
    }
    check_provider(reader, get(reader, "ship_provider"));
    let ships = get(reader, "ships").map(|field| ships(reader, &field, defaults.as_ref(), &mut gaps));
    let services = get(reader, "services").map(|field| service::read(reader, &field, &mut gaps));
    let registries = get(reader, "registries").map(|field| registries::read(reader, &field));
    let sections = FileKind::ALL.map(|kind| (kind, get(reader, kind.key())));
    let files = sections.iter().filter_map(|(kind, field)| Some(files::read(reader, field.as_ref()?, *kind)));
    let files = files.flatten().collect();
    let name_key = entries.iter().find(|field| field.key.value == "name");
    let name = name(reader, name_key, Span::new(file, 0..0));
    let audit = get(reader, "audit").map(|field| audit::read(reader, &field)).unwrap_or_default();
    let resources = RESOURCES.iter().filter_map(|key| get(reader, key)).filter(|_| schema == Schema::Three);
    let resources = resources.map(|field| raw::member(reader.yaml, &field)).collect();
    let container_names = get(reader, "container_names").and_then(|field| pattern(reader, &field));
    Some(Document {
        name,
        schema,
        ships,
        services: services.unwrap_or_default(),
        registries: registries.unwrap_or_default(),
        files,
        audit,
        sensitive,
        container_names,
        resources,
        inactive: Vec::new(),
        gaps,
        keys: entries.into_iter().map(|field| field.key).collect(),
    })
}

/// Tells the mistakes in sections whose keys are misspelt. Nothing of these sections is used: they may be meant otherwise.
fn check_renamed(reader: &mut Reader<'_>, renamed: &[Field], gaps: &mut Gaps) {
    for field in renamed.iter().filter(|field| !reader.is_null(field.value)).cloned().collect::<Vec<_>>() {
        match field.key.value.as_str() {
            "services" => drop(service::read(reader, &field, gaps)),
            "ships" => drop(ship::read(reader, field.value, None)),
            "registries" => drop(registries::read(reader, &field)),
            _ => {}
        }
    }
}

/// The field of that key, if it has a value.
fn field_of(reader: &Reader<'_>, entries: &[Field], key: &str) -> Option<Field> {
    entries.iter().find(|field| field.key.value == key && !reader.is_null(field.value)).cloned()
}

/// The ships; says in `gaps` if they cannot be read.
fn ships(
    reader: &mut Reader<'_>,
    field: &Field,
    defaults: Option<&Field>,
    gaps: &mut Gaps,
) -> Vec<ShipSection> {
    let ships = ship::read(reader, field.value, defaults);
    gaps.ships |= ships.is_none();
    ships.unwrap_or_default()
}

/// The value of `container_names`.
fn pattern(reader: &mut Reader<'_>, field: &Field) -> Option<Spanned<String>> {
    reader.text(field.value, "`container_names`", "container_names: \"{environment}-{instance}\"")
}

/// A file without services, but with what looks like one at its top, is mostly indented too little.
fn unindented_services(reader: &mut Reader<'_>, entries: &[Field], gaps: &mut Gaps) {
    let Some(services) = entries.iter().find(|field| field.key.value == "services") else { return };
    let has_instances = |field: &&Field| {
        let is_instances = |key| reader.yaml.value(key) == Value::Text("instances".to_owned());
        reader.yaml.entries(field.value).iter().any(|entry| is_instances(entry.key))
    };
    let Some(first) = entries.iter().position(|field| has_instances(&field)) else { return };
    let found = &entries[first];
    // All services that follow, if nothing but them stands between.
    let services_below = entries[first..].iter().take_while(|field| has_instances(field));
    let is_next = first > 0 && entries[first - 1].key.value == "services";
    let wholes: Option<Vec<Span>> = services_below
        .map(|field| reader.yaml.whole_entry(field.key.span, field.value))
        .take_while(|_| is_next && !reader.yaml.is_flow(reader.yaml.root()))
        .collect();
    let problem = Diagnostic::error("bad-indentation", format!("`{}` looks like a service", found.key.value))
        .at(found.key.span, "indented too little")
        .also(services.key.span, "nothing belongs to this");
    reader.diagnostics.push(match reader.diagnostics.trimming_dash(found.key.span) {
        Some(dash) => problem.also(dash, "takes the indentation away").help(
            "remove the `-` of the tag before it, and of the tag behind it: they take spaces and ends of lines away",
        ),
        None => {
            let help = Help::from("indent it, and what belongs to it, further than `services`");
            problem.help(help.indent(&wholes.unwrap_or_default(), services.key.span, 2, Applicability::Safe))
        }
    });
    let lost: Vec<Field> = entries.iter().filter(has_instances).cloned().collect();
    for field in lost {
        service::check_misplaced(reader, &service::Misplaced::Service(field), gaps);
    }
}

/// The environment's name; an empty one after a problem, so that the rest of the file can still be looked at.
fn name(reader: &mut Reader<'_>, field: Option<&Field>, top: Span) -> Spanned<String> {
    let (span, label) = match field {
        None => (top, "no `name:` in this file"),
        Some(field) if reader.is_null(field.value) => (field.key.span, "nothing is written after it"),
        Some(field) => match reader.text(field.value, "`name`", "name: my-environment") {
            Some(name) if name.value.trim().is_empty() => (name.span, "nothing between the quotes"),
            Some(name) => return name,
            None => return Spanned::new(String::new(), field.key.span),
        },
    };
    reader.diagnostics.push(
        Diagnostic::error("missing-key", "the environment has no name")
            .at(span, label)
            .note("containers bear the environment's name in a label; that is how they are known again")
            .help(match field {
                Some(field) if reader.is_scalar(field.value) && !reader.is_null(field.value) => {
                    Help::from("write `name: my-environment`").replace(span, "my-environment")
                }
                None if !reader.yaml.is_flow(reader.yaml.root()) => {
                    Help::from("write `name: my-environment` at the top of the file")
                        .replace(top, "name: my-environment\n")
                }
                Some(_) | None => "write `name: my-environment` at the top of the file".into(),
            }),
    );
    Spanned::new(String::new(), span)
}

/// `MaestroNG` had room for providers, but only ever the one that reads the file.
fn check_provider(reader: &mut Reader<'_>, field: Option<Field>) {
    let Some(field) = field else { return };
    if reader.is_null(field.value) || reader.yaml.value(field.value) == Value::Text("static".to_owned()) {
        return;
    }
    let written = reader.written(field.value).to_owned();
    if written.is_empty() {
        reader.wrong_type(field.value, "`ship_provider`", "`static`", "ship_provider: static");
        return;
    }
    reader.diagnostics.push(
        Diagnostic::error("unknown-provider", format!("there is no ship provider `{written}`"))
            .at(reader.span(field.value), "the only provider is `static`")
            .note("`static` takes the ships from this file; MaestroNG never had another one")
            .help("leave `ship_provider` out, and write the ships under `ships`; a template may make them of `env`"),
    );
}

/// Reads the header, and keeps the schema that it says.
fn check_schema(reader: &mut Reader<'_>, field: &Field) {
    let example = "schema: 3";
    let fields =
        reader.section(field.value, "`__maestro`", &[keys::HEADER], &format!("__maestro: {{{example}}}"));
    let Some(schema) = fields.get(reader, "schema").cloned() else { return };
    reader.schema = match reader.integer(schema.value, "`schema`", (i64::MIN, i64::MAX), example) {
        Some(Spanned { value: 1, .. }) | None => Schema::One,
        Some(Spanned { value: 2, .. }) => Schema::Two,
        Some(Spanned { value: 3, .. }) => Schema::Three,
        Some(other) => {
            reader.diagnostics.push(
                Diagnostic::error("unknown-schema", format!("there is no schema {}", other.value))
                    .at(other.span, "1, 2 and 3 are all there are")
                    .help("write `schema: 3`")
                    .replace(other.span, "3"),
            );
            Schema::Three
        }
    };
}
