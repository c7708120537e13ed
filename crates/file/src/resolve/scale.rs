//! Numbers of instances that a command says, and that hold for its run alone.

use std::{cmp::Ordering, collections::BTreeMap};

use crate::{
    compose::project::Project,
    document::{file::Document, placement::PlacementSection, service::ServiceSection, site::SiteDocument},
};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics},
    model::placement::InstanceCount,
    source::Span,
};

/// How many instances services have in this run, by the names of the services, whatever the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scales(BTreeMap<String, usize>);

impl Scales {
    /// The file alone says how many there are.
    pub(super) const NONE: &'static Self = &Self(BTreeMap::new());

    /// How many instances that service has, if the command says so.
    #[must_use]
    pub fn of(&self, service: &str) -> Option<usize> {
        self.0.get(service).copied()
    }

    /// The same for a placement.
    pub(super) fn count(&self, service: &str) -> Option<InstanceCount> {
        self.of(service).map(InstanceCount::Total)
    }

    fn places(&self, place: impl Fn(&str) -> Option<(&'static str, CountChange, Span)>) -> Vec<CountPlace> {
        let places = self.iter().filter_map(|(service, count)| {
            let (key, change, span) = place(service)?;
            // A service of a Compose file that says nothing has one container.
            let is_said = change == CountChange::Value(count) || (key == "scale" && count == 1);
            (!is_said).then(|| CountPlace { service: service.to_owned(), count, key, change, span })
        });
        places.collect()
    }

    /// The services and their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(service, count)| (service.as_str(), *count))
    }
}

impl FromIterator<(String, usize)> for Scales {
    fn from_iter<I: IntoIterator<Item = (String, usize)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

/// What to change in a file so that it says how many instances a service has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountPlace {
    /// The service.
    pub service: String,
    /// How many instances it is to have.
    pub count: usize,
    /// The key that says it: `replicas`, `scale` or `deploy.replicas`.
    pub key: &'static str,
    /// What has to be done.
    pub change: CountChange,
    /// The value or key that is changed; of a key that is added, what it is added to.
    pub span: Span,
}

/// How a file is made to say a number of instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountChange {
    /// The key is there, with this value.
    Value(usize),
    /// This key has to give way to it.
    Instead(&'static str),
    /// The key has to be added to the service.
    Added,
    /// The same, to the service in the site file.
    AddedToSite,
}

/// Where a file of Maestro would say the numbers that it does not say.
#[must_use]
pub fn places_in_document(document: &Document, scales: &Scales) -> Vec<CountPlace> {
    scales.places(|service| {
        let section = document.services.iter().find(|section| section.name.value == service)?;
        let written = of_placement(&section.placement);
        Some(written.unwrap_or(("replicas", CountChange::Added, section.name.span)))
    })
}

/// Where a Compose project, or its site file, would say the numbers that they do not say.
#[must_use]
pub fn places_in_project(project: &Project, site: Option<&SiteDocument>, scales: &Scales) -> Vec<CountPlace> {
    scales.places(|name| {
        let service = project.services().find(|service| service.name == name)?;
        let site = site.and_then(|site| site.services.iter().find(|service| service.name.value == name));
        let placement = site.map(|site| &site.placement);
        if let Some(written) = placement.and_then(of_placement) {
            return Some(written);
        }
        let ships = placement.and_then(|placement| placement.ships.as_ref());
        Some(match (service.replicas_place(), ships) {
            (Some((key, number)), _) => {
                (key, CountChange::Value(usize::try_from(number.value).unwrap_or_default()), number.span)
            }
            (None, Some(ships)) => ("replicas", CountChange::AddedToSite, ships.span),
            (None, None) => {
                let span = project.name_of_service(name).unwrap_or(service.element.span);
                ("scale", CountChange::Added, span)
            }
        })
    })
}

/// Where a placement says how many instances there are; none if it does not.
fn of_placement(placement: &PlacementSection) -> Option<(&'static str, CountChange, Span)> {
    let replicas = placement.replicas.as_ref();
    let replicas = replicas.map(|count| ("replicas", CountChange::Value(count.value), count.span));
    let each = placement.per_ship.as_ref();
    replicas.or_else(|| each.map(|each| ("replicas", CountChange::Instead("per_ship"), each.span)))
}

/// Tells the services whose number of instances cannot be set.
pub(super) fn check(document: &Document, scales: &Scales, diagnostics: &mut Diagnostics) {
    for (service, count) in scales.iter() {
        let Some(section) = document.services.iter().find(|section| section.name.value == service) else {
            continue;
        };
        let job = section.settings.job.as_ref().filter(|job| job.value);
        if let Some(job) = job {
            diagnostics.push(a_job(service).at(job.span, "it runs to its end, once"));
        } else if !section.placement.is_written() && !section.instances.is_empty() {
            diagnostics.push(fixed(section, count));
        }
    }
}

/// A service that is a job; the place is missing.
pub(super) fn a_job(service: &str) -> Diagnostic {
    Diagnostic::error("scaled-job", format!("`{service}` is a job, and a job is not scaled"))
        .help(format!("`maestro run {service}` runs it again"))
}

/// A service whose instances are written one by one.
fn fixed(section: &ServiceSection, count: usize) -> Diagnostic {
    const SHOWN: usize = 3;
    let service = &section.name.value;
    let names = section.instances.iter().map(|instance| format!("`{}`", instance.name.value));
    let mut shown: Vec<String> = names.take(SHOWN).collect();
    if section.instances.len() > SHOWN {
        shown.push("…".to_owned());
    }
    let text = format!("the instances of `{service}` are written one by one, so no number sets how many");
    let mut names = (section.instances.len() + 1..).map(|number| format!("{service}-{number}"));
    let is_taken = |name: &String| section.instances.iter().any(|one| one.name.value == *name);
    let free = names.find(|name| !is_taken(name)).unwrap_or_default();
    let problem = Diagnostic::error("fixed-instances", text)
        .at(section.name.span, format!("it has {}", shown.join(", ")))
        .help(format!(
            "write `replicas: {count}` in place of `instances`: they are then `{service}-1`, `{service}-2` …"
        ));
    match count.cmp(&section.instances.len()) {
        Ordering::Greater => {
            problem.help(format!("or add `{free}: {{}}` to `instances`, then `maestro apply {free}`"))
        }
        Ordering::Less => problem.help("or remove some from `instances`, then `maestro apply --prune`"),
        Ordering::Equal => problem,
    }
}
