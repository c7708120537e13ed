//! What a file says in forms of Compose: networks and volumes at its top, and what instances say of networks, ports and
//! mounts.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use super::{
    attachment::attachments,
    not_on_ship::{LocalPath, not_on_ship},
};
use crate::{
    compose::{FilesOnDisk, ProjectFiles as _, clean_path, element::Members},
    document::file::Document,
};
use maestro_core::{
    diagnostic::{Diagnostic, nearest_name},
    model::{
        ServiceId, Ship,
        attachment::Attachment,
        container::{Mount, Port},
        network::EnvironmentNetwork,
        volume::EnvironmentVolume,
    },
    source::{Span, Spanned},
};

/// The network that instances are on of which nothing else is said.
pub(super) const DEFAULT: &str = "default";

/// Networks and volumes of a file, and what its instances say of them.
#[derive(Debug, Default, Clone)]
pub(super) struct Forms {
    /// The networks.
    pub networks: HashMap<String, EnvironmentNetwork>,
    /// The names of volumes on engines, by their keys.
    pub volume_names: HashMap<String, String>,
    /// The volumes.
    pub volumes: Vec<EnvironmentVolume>,
    /// The absolute path of the file's directory, from which paths count.
    pub directory: String,
    /// What services and instances say.
    pub sections: HashMap<SectionKey, SectionForms>,
}

/// A service by its number in the file, and the name of an instance of it; none for what holds for all of them.
pub(super) type SectionKey = (usize, Option<String>);

/// What a service or an instance says in forms of Compose.
#[derive(Debug, Default, Clone)]
pub(super) struct SectionForms {
    /// `networks`
    pub networks: Members,
    /// `ports`
    pub ports: Option<Vec<Spanned<Port>>>,
    /// `volumes`; none if there is no such list.
    pub mounts: Option<Vec<WrittenMount>>,
}

/// An item of `volumes`.
#[derive(Debug, Clone)]
pub(super) struct WrittenMount {
    /// Where it is written.
    pub span: Span,
    /// The path that it mounts, if that counts from the directory of the file.
    pub relative: Option<String>,
    /// A path of the ship or a named volume.
    pub named: Vec<Mount>,
    /// An anonymous volume, by its path inside.
    pub anonymous: Vec<String>,
    /// Memory: path inside → options.
    pub memory: BTreeMap<String, String>,
}

impl Forms {
    /// What a service says.
    fn service(&self, at: usize) -> Option<&SectionForms> {
        self.sections.get(&(at, None))
    }

    /// What a service and one of its instances say; none of them if it says nothing.
    pub(super) fn of(&self, at: ServiceId, instance: &str) -> [Option<&SectionForms>; 2] {
        // Without any there is no name to be made.
        if self.sections.is_empty() {
            return [None, None];
        }
        [self.service(at.0), self.sections.get(&(at.0, Some(instance.to_owned())))]
    }

    /// The document with the ports.
    pub(super) fn fill_in(&self, document: &Document) -> Document {
        let mut document = document.clone();
        for (at, service) in document.services.iter_mut().enumerate() {
            if let Some(ports) = self.service(at).and_then(|forms| forms.ports.clone()) {
                service.settings.ports = ports;
            }
            for instance in &mut service.instances {
                let forms = self.sections.get(&(at, Some(instance.name.value.clone())));
                if let Some(ports) = forms.and_then(|forms| forms.ports.clone()) {
                    instance.settings.ports = ports;
                }
            }
        }
        document
    }

    /// Whether there are ports to be put into the document.
    pub(super) fn has_ports(&self) -> bool {
        self.sections.values().any(|forms| forms.ports.is_some())
    }

    /// The first network of an instance, and how it is on each; none if it says nothing of networks and the file has no
    /// `default` of its own.
    pub(super) fn connection(
        &self,
        (id, service_name): (ServiceId, &str),
        own: &str,
    ) -> Option<(String, BTreeMap<String, Attachment>)> {
        let [service, instance] = self.of(id, own);
        let mut uses = Members::new();
        for forms in [service, instance].into_iter().flatten() {
            uses.extend(forms.networks.clone());
        }
        let name =
            |key: &str| self.networks.get(key).map_or_else(|| key.to_owned(), |network| network.name.clone());
        if uses.is_empty() {
            return self.networks.get(DEFAULT).map(|network| (network.name.clone(), BTreeMap::new()));
        }
        let (first, mut attachments) = attachments(service_name, uses.iter(), name)?;
        // On its first network an instance has its own name anyway.
        for (_, attachment) in attachments.iter_mut().filter(|(network, _)| **network != first) {
            if !attachment.aliases.iter().any(|alias| alias == own) {
                attachment.aliases.push(own.to_owned());
            }
        }
        Some((first, attachments))
    }

    /// The networks that the file declares.
    pub(super) fn declared_networks(&self) -> Vec<EnvironmentNetwork> {
        let mut networks: Vec<_> = self.networks.values().cloned().collect();
        networks.sort_by(|a, b| a.name.cmp(&b.name));
        networks
    }

    /// The volumes that the file declares.
    pub(super) fn declared_volumes(&self) -> Vec<EnvironmentVolume> {
        self.volumes.clone()
    }

    /// The name on engines of a volume that the file declares.
    pub(super) fn volume_name(&self, key: &str) -> Option<&str> {
        self.volume_names.get(key).map(String::as_str)
    }

    /// What is to be said of a volume that the file does not declare.
    pub(super) fn unknown_volume(&self, key: &Spanned<String>) -> Diagnostic {
        let name = &key.value;
        let problem = Diagnostic::error("undefined-name", format!("there is no volume `{name}`"))
            .at(key.span, "not defined under `volumes`");
        match nearest_name(name, self.volume_names.keys().map(String::as_str)) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => {
                problem.help(format!("define it at the top of the file: `volumes: {{{name}: {{}}}}`")).help(
                    format!("if the ship has it under this name: `volumes: {{{name}: {{external: true}}}}`"),
                )
            }
        }
    }

    /// The absolute path of one that counts from the directory of the file.
    pub(super) fn absolute(&self, path: &str) -> String {
        clean_path(&format!("{}/{path}", self.directory))
    }

    /// What is to be said of a path that is in the directory of the file, or counts from it, if the ship is another machine.
    pub(super) fn not_on_ship(
        &self,
        (source, relative): (&str, Option<&str>),
        (span, target): (Span, &str),
        ship: &Ship,
    ) -> Option<Diagnostic> {
        let rest = source.strip_prefix(&self.directory);
        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
        if ship.endpoint.is_on_this_machine() || relative.is_none() && rest.is_none() {
            return None;
        }
        let written = relative.map_or_else(|| format!(".{}", rest.unwrap_or_default()), str::to_owned);
        let is_file = FilesOnDisk.is_file(Path::new(source));
        let path = LocalPath { written: &written, span, is_file, target };
        Some(not_on_ship(&path, &ship.name, None))
    }
}
