//! `services`: each a group of instances, with settings that hold for all of them.

mod misplaced;

use super::{
    build::{self, BuildSection},
    keys,
    placement::{self, PlacementSection},
    read::{Field, Fields, Reader},
    settings::{self, Settings},
    unread::Gaps,
    update::{self, UpdateSection},
    update_hooks::{self, UpdateHooksSection},
};
use maestro_core::{
    diagnostic::{Diagnostic, Help},
    source::{Span, Spanned},
};

/// A service as it is written.
#[derive(Debug, Clone)]
pub struct ServiceSection {
    /// Its name.
    pub name: Spanned<String>,
    /// `omit`
    pub omit: bool,
    /// `update`
    pub update: UpdateSection,
    /// `build`
    pub build: Option<Spanned<BuildSection>>,
    /// `hooks`
    pub hooks: UpdateHooksSection,
    /// `ships`, `replicas`, `per_ship`
    pub placement: PlacementSection,
    /// What holds for all its instances.
    pub settings: Settings,
    /// Its instances.
    pub instances: Vec<InstanceSection>,
}

/// An instance as it is written.
#[derive(Debug, Clone)]
pub struct InstanceSection {
    /// Its name.
    pub name: Spanned<String>,
    /// What it says for itself.
    pub settings: Settings,
    /// Where to say that something is missing.
    pub span: Span,
}

/// Reads `services`; says in `gaps` if some of them, or of their instances, cannot be read.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field, gaps: &mut Gaps) -> Vec<ServiceSection> {
    let example = "services: {web: {image: nginx, instances: {web-1: {}}}}";
    let Some(entries) = reader.mapping(field.value, "`services`", "names to services", example) else {
        gaps.instances = true;
        return Vec::new();
    };
    let keys = [keys::SERVICE_ONLY, keys::PLACEMENT, keys::INSTANCE].concat();
    let (entries, misplaced) = reader.names(entries, field.value, &keys, "a service");
    gaps.instances |= misplaced;
    let inner = reader.tell_inner_services(&entries, field.value);
    gaps.instances |= !inner.is_empty();
    reader.told_at(inner.iter().map(|field| field.key.span));
    let misplaced = gaps.instances;
    let mut services = Vec::with_capacity(entries.len());
    for entry in &entries {
        if let Some(problem) = reader.instance_among_services(&entries, entry, field.value) {
            reader.diagnostics.push(problem);
            instance(reader, entry);
            gaps.instances = true;
        } else {
            services.push(service(reader, entry, gaps, misplaced));
        }
    }
    for field in inner {
        check_misplaced(reader, &Misplaced::Service(field), gaps);
    }
    services
}

/// `misplaced` tells that the service's keys may stand beside it.
fn service(reader: &mut Reader<'_>, entry: &Field, gaps: &mut Gaps, misplaced: bool) -> ServiceSection {
    let name = &entry.key.value;
    let what = format!("service `{name}`");
    let known = [keys::SERVICE_ONLY, keys::PLACEMENT, keys::INSTANCE];
    let example = format!("{name}: {{image: nginx, instances: {{{name}-1: {{}}}}}}");
    let fields = reader.section(entry.value, &what, &known, &example);
    let omit = match fields.get(reader, "omit").cloned() {
        Some(field) => reader.boolean(field.value, "`omit`").unwrap_or(false),
        None => false,
    };
    let update = fields.get(reader, "update").cloned().map(|field| update::read(reader, &field));
    let build = fields.get(reader, "build").cloned().and_then(|field| build::read(reader, &field));
    let hooks = fields.get(reader, "hooks").cloned().map(|field| update_hooks::read(reader, &field));
    let placement = placement::read(reader, &fields);
    let is_placed = keys::PLACEMENT.iter().any(|key| fields.attempted(reader, key.name));
    let instances = match fields.get(reader, "instances").cloned() {
        Some(field) => {
            tell_of_both(reader, &fields, &placement, &field);
            instances(reader, &field, name)
        }
        None if is_placed => Some(Vec::new()),
        None if misplaced || fields.attempted(reader, "instances") => None,
        None => {
            missing_instances(reader, &fields, entry);
            Some(Vec::new())
        }
    };
    for lost in fields.stranded("instances") {
        instance(reader, &lost);
    }
    gaps.instances |= instances.is_none() || fields.is_meant("instances");
    ServiceSection {
        name: entry.key.clone(),
        omit,
        update: update.unwrap_or_default(),
        build,
        hooks: hooks.unwrap_or_default(),
        placement,
        settings: settings::read(reader, &fields),
        instances: instances.unwrap_or_default(),
    }
}

/// Tells that a service lists its instances and has them placed as well.
fn tell_of_both(reader: &mut Reader<'_>, fields: &Fields, placement: &PlacementSection, instances: &Field) {
    let Some((key, span)) = placement.key() else { return };
    let text = format!("`instances` and `{key}` cannot stand together");
    let placed: Vec<&Field> = keys::PLACEMENT.iter().filter_map(|key| fields.get(reader, key.name)).collect();
    let wholes: Option<Vec<Span>> =
        placed.iter().map(|field| reader.yaml.whole_entry(field.key.span, field.value)).collect();
    let placed: Vec<String> = placed.iter().map(|field| format!("`{}`", field.key.value)).collect();
    let placed = placed.join(" and ");
    let number = reader.yaml.entries(instances.value).len();
    let names = if number == 1 { "one".to_owned() } else { number.to_string() };
    let help = Help::from(format!("remove {placed}: `instances` says which instances there are ({names})"));
    let help = wholes.into_iter().flatten().fold(help, Help::leave_out);
    let other = Help::from("or remove `instances`: Maestro then names them after the service");
    let whole = reader.yaml.whole_entry(instances.key.span, instances.value);
    reader.diagnostics.push(
        Diagnostic::error("two-placements", text)
            .at(span, "places instances that Maestro names")
            .also(instances.key.span, "lists instances with their names")
            .help(help)
            .help(whole.map_or(other.clone(), |whole| other.leave_out(whole))),
    );
}

/// What stands elsewhere than where it belongs, which was told: its mistakes are told at once.
pub(super) enum Misplaced {
    /// A service.
    Service(Field),
    /// An instance.
    Instance(Field),
    /// Keys of a service or an instance.
    Keys(Vec<Field>),
}

/// Tells the mistakes in what stands elsewhere than where it belongs.
pub(super) fn check_misplaced(reader: &mut Reader<'_>, misplaced: &Misplaced, gaps: &mut Gaps) {
    match misplaced {
        Misplaced::Service(field) => {
            service(reader, field, gaps, false);
        }
        Misplaced::Instance(field) => {
            instance(reader, field);
        }
        Misplaced::Keys(keys) => {
            let Some(first) = keys.first() else { return };
            let fields = Fields::lost(keys.clone(), first.key.span);
            if let Some(field) = fields.get(reader, "update").cloned() {
                update::read(reader, &field);
            }
            if let Some(field) = fields.get(reader, "hooks").cloned() {
                update_hooks::read(reader, &field);
            }
            if let Some(field) = fields.get(reader, "instances").cloned() {
                instances(reader, &field, "web");
            }
            settings::read(reader, &fields);
        }
    }
}

fn missing_instances(reader: &mut Reader<'_>, fields: &Fields, entry: &Field) {
    let name = &entry.key.value;
    let (span, label) = match fields.place("instances") {
        Some(span) => (span, "nothing is written after it"),
        None => (entry.key.span, "no `instances` here"),
    };
    reader.diagnostics.push(
        Diagnostic::error("missing-key", format!("service `{name}` has no instances"))
            .at(span, label)
            .note("an instance is one container on one ship, and its name is the container's name")
            .help(format!("write `replicas: 1`, or for example `instances: {{{name}-1: {{ship: SHIP}}}}`")),
    );
}

fn instances(reader: &mut Reader<'_>, field: &Field, service: &str) -> Option<Vec<InstanceSection>> {
    let example = format!("instances: {{{service}-1: {{ship: SHIP}}}}");
    let entries = reader.mapping(field.value, "`instances`", "names to instances", &example)?;
    let (entries, misplaced) = reader.names(entries, field.value, keys::INSTANCE, "an instance");
    let entries: Vec<_> = entries.into_iter().filter(|entry| !reader.is_told(entry.key.span)).collect();
    let mut instances: Vec<_> = entries.iter().map(|entry| instance(reader, entry)).collect();
    if misplaced {
        for instance in &mut instances {
            instance.settings.gaps = settings::SettingsGaps { ship: true, image: true, ports: true };
        }
    }
    Some(instances)
}

fn instance(reader: &mut Reader<'_>, entry: &Field) -> InstanceSection {
    let name = &entry.key.value;
    let example = format!("{name}: {{ship: SHIP}}");
    let fields = reader.section(entry.value, &format!("instance `{name}`"), &[keys::INSTANCE], &example);
    let settings = settings::read(reader, &fields);
    InstanceSection { name: entry.key.clone(), settings, span: entry.key.span }
}
