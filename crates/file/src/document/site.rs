//! A site file: the ships that a Compose project runs on, and what the Compose format has no words for. The same may stand
//! under `x-maestro` of a Compose file.

use super::{
    audit, build,
    checks::{self, LifecycleSection},
    files::{self, FileKind, FileSection},
    keys,
    placement::{self, PlacementSection},
    read::{Field, Fields, Reader},
    registries::{self, RegistrySection},
    settings::{on_unhealthy::on_unhealthy, pull},
    ship::{self, ShipSection},
    update::{self, UpdateSection},
    update_hooks::{self, UpdateHooksSection},
    yaml::{NodeId, Yaml},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    source::{Span, Spanned},
    value::{audit::Auditor, image_source::ImageSource, on_unhealthy::OnUnhealthy},
};

/// The key of a Compose file under which a site may stand.
pub const SITE_KEY: &str = "x-maestro";

/// What a site file says.
#[derive(Debug, Clone)]
pub struct SiteDocument {
    /// `ships`; none if there is no such key.
    pub ships: Option<Vec<ShipSection>>,
    /// Where it says which ships there are.
    pub span: Span,
    /// Whether some ships could not be read, which was told.
    pub incomplete_ships: bool,
    /// `services`
    pub services: Vec<SiteService>,
    /// `registries`
    pub registries: Vec<RegistrySection>,
    /// `audit`
    pub audit: Vec<Auditor>,
    /// `configs` and `secrets`: where contents of the project's come from.
    pub files: Vec<FileSection>,
}

/// What a site file says of a service of the project.
#[derive(Debug, Clone)]
pub struct SiteService {
    /// Its name.
    pub name: Spanned<String>,
    /// `ship`
    pub ship: Option<Spanned<String>>,
    /// `ships`, `replicas`, `per_ship`
    pub placement: PlacementSection,
    /// `carry`
    pub carry: bool,
    /// `build.on`
    pub build_on: Option<Spanned<String>>,
    /// `image_source`
    pub image_source: Option<ImageSource>,
    /// `on_unhealthy`
    pub on_unhealthy: Option<OnUnhealthy>,
    /// `update`; none if it is not written.
    pub update: Option<UpdateSection>,
    /// `hooks`
    pub hooks: UpdateHooksSection,
    /// `lifecycle`
    pub lifecycle: LifecycleSection,
    /// Whether something was meant to say its ships, be it misspelt or unreadable.
    pub placed: bool,
}

/// Reads a site file. None if nothing can be made of it; the problems say why.
pub fn read(yaml: &Yaml, diagnostics: &mut Diagnostics) -> Option<SiteDocument> {
    let reader = &mut Reader::new(yaml, diagnostics);
    let root = yaml.root();
    if reader.is_null(root) {
        let file = yaml.span(root).file;
        reader.diagnostics.push(
            Diagnostic::error("empty-file", "the site file is empty")
                .at(Span::new(file, 0..0), "nothing is written here")
                .help("write the ships that the project runs on: `ships: {node1: {ip: 10.0.0.1}}`"),
        );
        return None;
    }
    if let Some(instances) = key_of_a_service(reader, root, "instances") {
        reader.diagnostics.push(
            Diagnostic::error(
                "not-a-site-file",
                "this is no site file, but a file with an environment of its own",
            )
            .at(reader.span(instances), "a site file has no instances")
            .note("a site file says on which ships the services of a Compose file run")
            .help(
                "name this file alone, or write a site file: `ships`, and `services: {web: {ship: node1}}`",
            ),
        );
        return None;
    }
    site(reader, root, "the site file")
}

/// The first key of that name in a service.
fn key_of_a_service(reader: &Reader<'_>, root: NodeId, key: &str) -> Option<NodeId> {
    let entries = |node: NodeId| reader.yaml.entries(node).into_iter();
    let services = entries(root).find(|entry| reader.written(entry.key) == "services")?;
    let mut keys = entries(services.value).flat_map(|service| entries(service.value));
    keys.find(|entry| reader.written(entry.key) == key).map(|entry| entry.key)
}

/// Reads `x-maestro` of a Compose file, if it is there.
pub fn read_key(yaml: &Yaml, diagnostics: &mut Diagnostics) -> Option<SiteDocument> {
    let reader = &mut Reader::new(yaml, diagnostics);
    let entries = reader.yaml.entries(yaml.root());
    let entry = entries.into_iter().find(|entry| reader.written(entry.key) == SITE_KEY)?;
    site(reader, entry.value, "`x-maestro`")
}

fn site(reader: &mut Reader<'_>, node: NodeId, what: &str) -> Option<SiteDocument> {
    const EXAMPLE: &str = "ships: {node1: {ip: 10.0.0.1}}";
    if !reader.is_mapping(node) {
        reader.wrong_type(node, what, "a mapping of keys to values", EXAMPLE);
        return None;
    }
    let misplaced = misplaced_services(reader, node);
    let fields = reader.section(node, what, &[keys::SITE], EXAMPLE);
    let get = |reader: &Reader<'_>, key: &str| fields.get(reader, key).cloned();
    let defaults = get(reader, "ship_defaults");
    let ships = get(reader, "ships").map(|field| ship::read(reader, field.value, defaults.as_ref()));
    let mut services = get(reader, "services").map(|field| services(reader, &field)).unwrap_or_default();
    services.extend(misplaced);
    let registries = get(reader, "registries").map(|field| registries::read(reader, &field));
    let audit = get(reader, "audit").map(|field| audit::read(reader, &field)).unwrap_or_default();
    let mut contents = Vec::new();
    for kind in FileKind::ALL {
        contents.extend(get(reader, kind.key()).map(|field| files::read(reader, &field, kind)));
    }
    Some(SiteDocument {
        files: contents.into_iter().flatten().collect(),
        span: fields.place("ships").unwrap_or(fields.span),
        incomplete_ships: matches!(ships, Some(None)) || ships.is_none() && fields.attempted(reader, "ships"),
        ships: ships.map(Option::unwrap_or_default),
        services,
        registries: registries.unwrap_or_default(),
        audit,
    })
}

/// Services that stand beside `services`, told and read all the same.
fn misplaced_services(reader: &mut Reader<'_>, node: NodeId) -> Vec<SiteService> {
    let is_of_site = |name: &str| keys::SITE.iter().any(|key| key.name == name);
    let is_service = |reader: &Reader<'_>, entry: &Field| {
        !is_of_site(&entry.key.value)
            && reader.yaml.entries(entry.value).iter().any(|entry| {
                keys::PLACEMENT.iter().any(|key| key.name == reader.written(entry.key))
                    || reader.written(entry.key) == "ship"
            })
    };
    let entries = reader.yaml.entries(node).into_iter().map(|entry| {
        let key = Spanned::new(reader.written(entry.key).to_owned(), reader.span(entry.key));
        Field { key, value: entry.value }
    });
    let found: Vec<Field> = entries.filter(|entry| is_service(reader, entry)).collect();
    for entry in &found {
        let text = format!("`{}` is a service, but it is not below `services`", entry.key.value);
        let problem = Diagnostic::error("misplaced-key", text).at(entry.key.span, "a key of the file");
        reader.diagnostics.push(problem.help("write `services:` above it, and indent it"));
        reader.diagnostics.quiet_at([entry.key.span]);
    }
    found.iter().map(|entry| service(reader, entry)).collect()
}

fn services(reader: &mut Reader<'_>, field: &Field) -> Vec<SiteService> {
    let example = "services: {web: {ship: node1}}";
    let entries = reader.mapping(field.value, "`services`", "names to services", example).unwrap_or_default();
    let known = [keys::SITE_SERVICE, keys::PLACEMENT].concat();
    let (entries, _) = reader.names(entries, field.value, &known, "a service");
    entries.iter().map(|entry| service(reader, entry)).collect()
}

fn service(reader: &mut Reader<'_>, entry: &Field) -> SiteService {
    let name = &entry.key.value;
    let what = format!("service `{name}` of the site");
    let known: [&'static [keys::Key]; 2] = [keys::SITE_SERVICE, keys::PLACEMENT];
    let alone = reader.is_scalar(entry.value).then(|| reader.written(entry.value).to_owned());
    let alone = alone.filter(|text| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    });
    let example = format!("{name}: {{ship: {}}}", alone.as_deref().unwrap_or("node1"));
    let fields: Fields = reader.section(entry.value, &what, &known, &example);
    let ship = fields.get(reader, "ship").cloned();
    let ship = ship.and_then(|field| reader.text(field.value, "`ship`", "ship: node1"));
    let update = fields.get(reader, "update").cloned().map(|field| update::read(reader, &field));
    let hooks = fields.get(reader, "hooks").cloned().map(|field| update_hooks::read(reader, &field));
    let lifecycle = fields.get(reader, "lifecycle").cloned().map(|field| checks::read(reader, &field));
    let build_on = fields.get(reader, "build").cloned();
    let carry = fields.get(reader, "carry").cloned();
    let carry = carry.and_then(|field| reader.boolean(field.value, "`carry`"));
    SiteService {
        name: entry.key.clone(),
        carry: carry.unwrap_or(false),
        build_on: build_on.and_then(|field| build::read_place(reader, &field)),
        image_source: pull::source(reader, &fields),
        on_unhealthy: on_unhealthy(reader, &fields),
        ship,
        placement: placement::read(reader, &fields),
        update,
        hooks: hooks.unwrap_or_default(),
        lifecycle: lifecycle.unwrap_or_default(),
        placed: alone.is_some() || ["ship", "ships"].iter().any(|key| fields.attempted(reader, key)),
    }
}
