//! `services`: each a group of instances, with settings that hold for all of them.

use super::{
    keys,
    read::{Field, Reader},
    settings::{self, Settings},
};
use crate::{
    diagnostic::Diagnostic,
    source::{Span, Spanned},
};

/// A service as it is written.
#[derive(Debug, Clone)]
pub struct ServiceSection {
    /// Its name.
    pub name: Spanned<String>,
    /// `omit`
    pub omit: bool,
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

/// Reads `services`.
pub(super) fn read(reader: &mut Reader<'_>, field: &Field) -> Vec<ServiceSection> {
    let example = "{web: {image: nginx, instances: {web-1: {ship: local}}}}";
    let Some(entries) = reader.mapping(field.value, "`services`", example) else { return Vec::new() };
    entries.iter().filter_map(|entry| service(reader, entry)).collect()
}

fn service(reader: &mut Reader<'_>, entry: &Field) -> Option<ServiceSection> {
    let what = format!("service `{}`", entry.key.value);
    let known = [keys::SERVICE_ONLY, keys::INSTANCE];
    let fields = reader.section(entry.value, &what, &known, "{image: nginx, instances: {…}}")?;
    let omit = match fields.get(reader, "omit").cloned() {
        Some(field) => reader.boolean(field.value, "`omit`").unwrap_or(false),
        None => false,
    };
    let instances = match fields.get(reader, "instances").cloned() {
        Some(field) => {
            let instances =
                reader.mapping(field.value, "`instances`", "{web-1: {ship: local}}").unwrap_or_default();
            instances.iter().filter_map(|entry| instance(reader, entry)).collect()
        }
        None => {
            let span = fields.place("instances").unwrap_or(entry.key.span);
            reader.diagnostics.push(
                Diagnostic::error("missing-key", format!("{what} has no instances"))
                    .at(span, "no `instances` here")
                    .note("an instance is one container, pinned to a ship; its name is the container's name")
                    .help(format!("add `instances: {{{}-1: {{ship: SHIP}}}}`", entry.key.value)),
            );
            Vec::new()
        }
    };
    Some(ServiceSection {
        name: entry.key.clone(),
        omit,
        settings: settings::read(reader, &fields),
        instances,
    })
}

fn instance(reader: &mut Reader<'_>, entry: &Field) -> Option<InstanceSection> {
    let what = format!("instance `{}`", entry.key.value);
    let fields = reader.section(entry.value, &what, &[keys::INSTANCE], "{ship: local}")?;
    let settings = settings::read(reader, &fields);
    Some(InstanceSection { name: entry.key.clone(), settings, span: entry.key.span })
}
