//! What stands before a key at the top of the file, and the indentation that makes the key a part of it.

use super::Top;
use crate::document::{
    read::Field,
    yaml::{NodeId, YamlEntry},
};
use maestro_core::{
    diagnostic::{Applicability, Help},
    source::Span,
};

/// The service and the instance in whose lines the file was before a key.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub services: Option<NodeId>,
    pub service: Option<YamlEntry>,
    /// `instances` of that service.
    pub instances: Option<YamlEntry>,
    pub instance: Option<YamlEntry>,
}

impl Top<'_, '_> {
    /// The last service and the last instance that the file has before the key.
    pub(super) fn before(&self) -> Before {
        let services =
            self.entries.iter().find(|other| other.key.value == "services").map(|field| field.value);
        let service = services.and_then(|services| self.last_before(services));
        let instances = service.and_then(|service| self.get(service.value, "instances"));
        let instance = instances.and_then(|instances| self.last_before(instances.value));
        Before { services, service, instances, instance }
    }

    fn last_before(&self, node: NodeId) -> Option<YamlEntry> {
        let here = self.field.key.span;
        let is_before = |entry: &YamlEntry| {
            let span = self.reader.span(entry.key);
            span.file == here.file && span.start < here.start
        };
        self.reader.yaml.entries(node).into_iter().rfind(is_before)
    }

    /// The lines of these keys, if they come right behind those of `services`: only there indentation alone makes them a part
    /// of it.
    fn lines_behind_services(&self, fields: &[&Field]) -> Option<Vec<Span>> {
        let here = self.field.key.span;
        let above = self
            .entries
            .iter()
            .filter(|other| other.key.span.file == here.file && other.key.span.start < here.start)
            .max_by_key(|other| other.key.span.start)?;
        let yaml = self.reader.yaml;
        let wholes: Option<Vec<Span>> =
            fields.iter().map(|field| yaml.whole_entry(field.key.span, field.value)).collect();
        wholes.filter(|_| above.key.value == "services" && !yaml.is_flow(yaml.root()))
    }

    /// The first key of a mapping whose lines another entry can follow; none of one between brackets.
    fn first_key(&self, node: NodeId) -> Option<Span> {
        let yaml = self.reader.yaml;
        let first = yaml.entries(node).into_iter().next()?;
        (!yaml.is_flow(node)).then(|| self.reader.span(first.key))
    }

    /// Whether an entry is the last one of a mapping.
    fn ends_with(&self, node: NodeId, entry: YamlEntry) -> bool {
        self.reader.yaml.entries(node).last().is_some_and(|last| last.key == entry.key)
    }

    /// Whether a mapping has the key already.
    fn is_taken(&self, node: NodeId) -> bool {
        self.has_key(node, self.field)
    }

    fn has_key(&self, node: NodeId, field: &Field) -> bool {
        self.get(node, &field.key.value).is_some()
    }
}

impl Before {
    /// The help, with the change that makes the key a service.
    pub(super) fn like_services(self, top: &Top<'_, '_>, help: &str) -> Help {
        let like =
            self.services.filter(|services| !top.is_taken(*services)).and_then(|node| top.first_key(node));
        indented(top, help, &[top.field], like.map(|like| (like, 0)), Applicability::Safe)
    }

    /// The help, with the change that makes the key one of the service.
    pub(super) fn like_keys_of_service(self, top: &Top<'_, '_>, fields: &[&Field], help: &str) -> Help {
        let service = self.services.and(self.service).map(|service| service.value);
        let is_free = |service: &NodeId| fields.iter().all(|field| !top.has_key(*service, field));
        let like = service.filter(is_free).and_then(|service| top.first_key(service));
        indented(top, help, fields, like.map(|like| (like, 0)), Applicability::NeedsDecision)
    }

    /// The help, with the change that makes the key an instance.
    pub(super) fn like_instances(self, top: &Top<'_, '_>, help: &str, applicability: Applicability) -> Help {
        indented(top, help, &[top.field], self.place_of_instances(top), applicability)
    }

    /// The help, with the change that makes the key one of the instance.
    pub(super) fn like_keys_of_instance(self, top: &Top<'_, '_>, fields: &[&Field], help: &str) -> Help {
        let place = self.place_of_instances(top).and(self.instance).and_then(|instance| {
            if top.reader.is_null(instance.value) {
                return Some((top.reader.span(instance.key), 2));
            }
            let is_free = fields.iter().all(|field| !top.has_key(instance.value, field));
            top.first_key(instance.value).filter(|_| is_free).map(|like| (like, 0))
        });
        indented(top, help, fields, place, Applicability::NeedsDecision)
    }

    /// What an instance behind the last one is indented like, if nothing stands between.
    fn place_of_instances(self, top: &Top<'_, '_>) -> Option<(Span, usize)> {
        let (services, service, instances) = (self.services?, self.service?, self.instances?);
        let is_last = top.ends_with(services, service) && top.ends_with(service.value, instances);
        top.first_key(services).and(top.first_key(service.value)).filter(|_| is_last)?;
        if top.reader.is_null(instances.value) {
            return Some((top.reader.span(instances.key), 2));
        }
        top.first_key(instances.value).map(|like| (like, 0))
    }
}

fn indented(
    top: &Top<'_, '_>,
    help: &str,
    fields: &[&Field],
    place: Option<(Span, usize)>,
    applicability: Applicability,
) -> Help {
    let help = Help::from(help);
    match (place, top.lines_behind_services(fields)) {
        (Some((like, deeper)), Some(lines)) => help.indent(&lines, like, deeper, applicability),
        _ => help,
    }
}
