//! A project as a whole: what all its files together say.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    dotenv::ProjectVariables,
    element::{Content, Element, Members},
    format::CanonicalFormat,
    print::{self, Hidden},
    service::ComposeService,
};
use crate::document::{
    site::{self, SITE_KEY, SiteDocument},
    yaml::Yaml,
};
use maestro_core::{diagnostic::Diagnostics, source::Span};

/// A project: services of the active profiles, and what they use. Values are in their long form.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The absolute path of its directory.
    pub directory: String,
    /// The absolute paths of its files.
    pub files: Vec<String>,
    /// The variables that its files saw.
    pub environment: ProjectVariables,
    /// Services of profiles that are not active.
    pub disabled: Members,
    /// All of it as a tree.
    pub(super) model: Element,
    /// The last file that has `x-maestro`, as it was parsed.
    pub(super) site: Option<Arc<Yaml>>,
}

/// A section of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectSection {
    /// `services`
    Services,
    /// `networks`
    Networks,
    /// `volumes`
    Volumes,
    /// `secrets`
    Secrets,
    /// `configs`
    Configs,
    /// `models`
    Models,
}

impl ProjectSection {
    /// The key of the section.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Networks => "networks",
            Self::Volumes => "volumes",
            Self::Secrets => "secrets",
            Self::Configs => "configs",
            Self::Models => "models",
        }
    }
}

impl Project {
    /// The entries of a section by their names.
    pub fn entries(&self, section: ProjectSection) -> impl Iterator<Item = (&str, &Element)> {
        let members = self.model.get(section.key()).and_then(Element::members);
        members.into_iter().flatten().map(|(name, member)| (name.as_str(), &member.value))
    }

    /// The entry of a section with that name.
    #[must_use]
    pub fn entry(&self, section: ProjectSection, name: &str) -> Option<&Element> {
        self.model.get(section.key())?.get(name)
    }

    /// The services, in the order of the files.
    pub fn services(&self) -> impl Iterator<Item = ComposeService<'_>> {
        self.entries(ProjectSection::Services).map(|(name, element)| ComposeService { name, element })
    }

    /// Where the name of a service is written.
    #[must_use]
    pub fn name_of_service(&self, name: &str) -> Option<Span> {
        let members = self.model.get(ProjectSection::Services.key()).and_then(Element::members);
        members.and_then(|members| members.get(name)).map(|member| member.key)
    }

    /// Where its first file begins.
    #[must_use]
    pub fn span(&self) -> Span {
        self.model.span
    }

    /// Whether a site stands under `x-maestro`.
    #[must_use]
    pub fn has_site(&self) -> bool {
        self.model.get(SITE_KEY).is_some()
    }

    /// The site that stands under `x-maestro`, in the last file that has it.
    #[must_use]
    pub fn site(&self, diagnostics: &mut Diagnostics) -> Option<SiteDocument> {
        site::read_key(self.site.as_deref()?, diagnostics)
    }

    /// The project as `docker compose config` prints it.
    #[must_use]
    pub fn canonical(&self, format: CanonicalFormat) -> String {
        print::print(&self.model, format, None)
    }

    /// The same without values that look secret.
    #[must_use]
    pub fn canonical_without_secrets(&self, format: CanonicalFormat) -> String {
        print::print(&self.model, format, Some(&Hidden::of(&self.environment)))
    }
}

/// Takes the services out of `model` that no active profile has.
pub(super) fn disable(model: &mut Element, profiles: &[String]) -> Members {
    let mut disabled = Members::new();
    let Some(services) = model.get_mut("services").and_then(Element::members_mut) else { return disabled };
    let all = std::mem::take(services);
    for (name, member) in all {
        let own = member.value.get("profiles").and_then(Element::items).unwrap_or_default();
        let is_active =
            |profile: &Element| profiles.iter().any(|active| Some(active.as_str()) == profile.as_text());
        let takes_part =
            own.is_empty() || profiles.iter().any(|profile| profile == "*") || own.iter().any(is_active);
        if takes_part {
            services.insert(name, member)
        } else {
            disabled.insert(name, member)
        };
    }
    disabled
}

/// Leaves out networks, volumes, configs, secrets and models that no service uses.
pub(super) fn without_unused(model: &mut Element) {
    let mut used: [(&str, BTreeSet<String>); 5] = [
        ("networks", BTreeSet::new()),
        ("volumes", BTreeSet::new()),
        ("secrets", BTreeSet::new()),
        ("configs", BTreeSet::new()),
        ("models", BTreeSet::new()),
    ];
    for service in
        model.get("services").and_then(Element::members).into_iter().flatten().map(|(_, m)| &m.value)
    {
        let names = |key: &str| {
            service.get(key).and_then(Element::members).into_iter().flat_map(Members::keys).cloned()
        };
        let sources = |owner: Option<&Element>, key: &str| -> Vec<String> {
            let items = owner.and_then(|owner| owner.get(key)).and_then(Element::items).unwrap_or_default();
            let of_type =
                items.iter().filter(|item| key != "volumes" || item.text_of("type") == Some("volume"));
            of_type.filter_map(|item| item.text_of("source")).map(ToOwned::to_owned).collect()
        };
        used[0].1.extend(names("networks"));
        used[1].1.extend(sources(Some(service), "volumes"));
        used[2].1.extend(sources(Some(service), "secrets"));
        used[2].1.extend(sources(service.get("build"), "secrets"));
        used[3].1.extend(sources(Some(service), "configs"));
        used[4].1.extend(names("models"));
    }
    for (section, used) in used {
        if let Some(Content::Mapping(members)) = model.get_mut(section).map(|section| &mut section.content) {
            members.retain(|name, _| used.contains(name));
        }
    }
}
