//! Where what an instance is made of is written.

use std::collections::BTreeMap;

use super::{Resolver, Section, instance_files};
use maestro_core::{model::variables::Variables, source::Span};

impl Resolver<'_, '_> {
    /// Where what the instance is made of is written; what counts over another comes later and takes its place.
    pub(super) fn written(&self, section: Section<'_>) -> BTreeMap<String, Span> {
        let mut written = BTreeMap::new();
        for settings in [&section.service.settings, &section.instance.settings] {
            let mut note = |key: String, span: Span| {
                written.insert(key, span);
            };
            for key in &settings.written {
                note(key.value.clone(), key.span);
            }
            for path in &settings.envfile {
                let names = self.env_files.get(&path.value).into_iter().flatten().flat_map(Variables::keys);
                names.for_each(|name| note(format!("env.{name}"), path.span));
            }
            for (name, _) in &settings.env {
                note(format!("env.{}", name.value), name.span);
            }
            for port in &settings.ports {
                note(format!("ports.{}", port.value.name), port.span);
            }
            for (_, alias) in &settings.links {
                note(format!("links.{}", alias.value), alias.span);
            }
            for (name, _) in &settings.extra_hosts {
                note(format!("extra_hosts.{}", name.value), name.span);
            }
        }
        for file in instance_files::uses(section) {
            written.insert(format!("files.{}", instance_files::target(file)), file.source.span);
        }
        written
    }
}
