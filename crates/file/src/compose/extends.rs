//! `extends`: a service that takes what another one has.

use std::collections::{HashMap, HashSet};

use super::{
    dotenv::ProjectVariables,
    element::{Element, Members},
    keys::SERVICE,
    loader::{Loader, directory_of},
    merge::{merge, with_tags_of, without_tags},
    paths,
};
use maestro_core::{
    diagnostic::{Diagnostic, nearest},
    source::Span,
};

/// The files that services of one project extend, by their paths.
#[derive(Default)]
pub(super) struct Bases {
    services: HashMap<String, Option<Members>>,
    /// Services of circles that were told, each with its file.
    in_circle: HashSet<(String, String)>,
}

/// A file with services, and where its paths count from.
struct Place<'a> {
    path: &'a str,
    directory: &'a str,
}

/// Replaces each service that extends another by what both have together. `path` is the file.
pub(super) fn apply(
    loader: &mut Loader<'_>,
    bases: &mut Bases,
    own: &mut Element,
    (path, directory): (&str, &str),
    environment: &ProjectVariables,
) {
    let Some(services) = own.get("services").and_then(Element::members) else { return };
    let extending: Vec<String> = services
        .iter()
        .filter(|(_, service)| service.value.get("extends").is_some())
        .map(|(name, _)| name.clone())
        .collect();
    let mut work = Work { loader, bases, environment };
    let place = Place { path, directory };
    let extended: Vec<(String, Option<Element>)> = extending
        .into_iter()
        .map(|name| {
            let element = work.extended(services, &name, &place, &mut Vec::new());
            (name, element)
        })
        .collect();
    let Some(services) = own.get_mut("services").and_then(Element::members_mut) else { return };
    for (name, element) in extended {
        match (element, services.get_mut(&name)) {
            (Some(element), Some(member)) => member.value = element,
            // What it extends cannot be read, which was told.
            (None, Some(member)) => {
                member.value.members_mut().map(|members| members.shift_remove("extends"));
            }
            (_, None) => {}
        }
    }
}

struct Work<'w, 'l> {
    loader: &'w mut Loader<'l>,
    bases: &'w mut Bases,
    environment: &'w ProjectVariables,
}

impl Work<'_, '_> {
    /// A service with all that it extends. `above` are the services that led here.
    fn extended(
        &mut self,
        services: &Members,
        name: &str,
        place: &Place<'_>,
        above: &mut Vec<(String, String, Span)>,
    ) -> Option<Element> {
        let service = services.get(name)?.value.clone();
        let Some(extends) = service.get("extends") else { return Some(service) };
        let Some(wanted) = extends.get("service") else {
            let diagnostic = Diagnostic::error("missing-key", "`extends` has no `service`");
            let diagnostic = diagnostic.at(extends.span, "no `service` below it");
            self.loader.diagnostics.push(diagnostic.help("name the service of that file: `service: base`"));
            return None;
        };
        let wanted_name = wanted.as_text()?.to_owned();
        let here = (place.path.to_owned(), name.to_owned());
        if above.iter().any(|(path, name, _)| (path, name) == (&here.0, &here.1)) {
            self.tell_cycle(wanted.span, above);
            return None;
        }
        above.push((here.0, here.1, wanted.span));
        let base = match extends.get("file") {
            Some(file) => {
                let path = self.loader.absolute(place.directory, file.as_text()?);
                let bases = self.services_of(&path, file.span)?;
                let directory = directory_of(&path);
                self.base(
                    &bases,
                    &wanted_name,
                    wanted.span,
                    &Place { path: &path, directory: &directory },
                    above,
                )
            }
            None => self.base(services, &wanted_name, wanted.span, place, above),
        };
        above.pop();
        let mut merged = base?;
        without_tags(&mut merged);
        merge(&mut merged, service.clone(), SERVICE);
        with_tags_of(&mut merged, &service);
        merged.members_mut()?.shift_remove("extends");
        merged.span = service.span;
        Some(merged)
    }

    fn base(
        &mut self,
        services: &Members,
        name: &str,
        span: Span,
        place: &Place<'_>,
        above: &mut Vec<(String, String, Span)>,
    ) -> Option<Element> {
        if services.contains_key(name) {
            return self.extended(services, name, place, above);
        }
        let diagnostic =
            Diagnostic::error("unknown-service", format!("there is no service `{name}` to extend"))
                .at(span, "no such service in its file");
        if [".yaml", ".yml"].iter().any(|end| name.ends_with(end)) {
            let help = format!(
                "a file and its service are named like this: `extends: {{file: {name}, service: base}}`"
            );
            self.loader.diagnostics.push(diagnostic.help(help));
            return None;
        }
        let near = nearest(name, services.keys().map(String::as_str));
        self.loader.diagnostics.push(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).replace(span, near),
            None if services.is_empty() => {
                diagnostic.help("write its services into that file, or name another")
            }
            None => {
                let known: Vec<String> = services.keys().take(8).map(|name| format!("`{name}`")).collect();
                diagnostic.help(format!("name one of its services: {}", known.join(", ")))
            }
        });
        None
    }

    /// The services of another file, with paths that count from its directory.
    fn services_of(&mut self, path: &str, span: Span) -> Option<Members> {
        if !self.bases.services.contains_key(path) {
            let services = self.loader.values(path, Some(span), self.environment).map(|mut values| {
                paths::make_absolute(&mut values, &directory_of(path), self.loader);
                match values.get_mut("services").and_then(Element::members_mut) {
                    Some(services) => std::mem::take(services),
                    None => Members::new(),
                }
            });
            self.bases.services.insert(path.to_owned(), services);
        }
        self.bases.services.get(path).cloned().flatten()
    }

    fn tell_cycle(&mut self, span: Span, above: &[(String, String, Span)]) {
        let names = above.iter().map(|(path, name, _)| (path.clone(), name.clone()));
        let names: Vec<_> = names.collect();
        let is_told = names.iter().any(|name| self.bases.in_circle.contains(name));
        self.bases.in_circle.extend(names);
        if is_told {
            return;
        }
        let mut diagnostic =
            Diagnostic::error("extends-cycle", "these services extend one another in a circle").at(span, "");
        for (_, name, place) in above.iter().filter(|(_, _, place)| *place != span) {
            diagnostic = diagnostic.also(*place, format!("`{name}` extends this one"));
        }
        self.loader.diagnostics.push(diagnostic.help("remove one of these `extends`"));
    }
}
