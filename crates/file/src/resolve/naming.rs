//! Names of containers: `container_names` for all, `container_name` for one.

use std::collections::HashMap;

use super::{Resolver, Section, bad, container::either, near_name::container_name_like};
use crate::document::{file::Document, scalar::as_scalar};
use maestro_core::{
    diagnostic::{Diagnostic, Diagnostics, Help, nearest},
    model::{
        ContainerName, Instance, NamePattern, ShipId,
        name::is_container_name,
        naming::{LONGEST, Names, PatternFault, Placeholder},
    },
    source::{Span, Spanned},
};

const ALLOWED: &str = "Docker allows letters, digits, `_`, `.` and `-`, the first a letter or digit";
const EXAMPLE: &str = "{environment}-{instance}";

/// Reads `container_names`; none as well after a problem with it.
pub(super) fn pattern(document: &Document, diagnostics: &mut Diagnostics) -> Option<NamePattern> {
    let written = document.container_names.as_ref()?;
    match NamePattern::parse(&written.value) {
        Ok(pattern) => Some(pattern),
        Err(faults) => {
            let mut characters = Vec::new();
            for fault in faults {
                match fault {
                    PatternFault::Character(c, place) => characters.push((c, written.inside(place))),
                    PatternFault::Unknown(word, place) => {
                        diagnostics.push(unknown(&word, written.inside(place)));
                    }
                    PatternFault::Brace(place) => diagnostics.push(brace(written.inside(place))),
                    PatternFault::NoInstance => diagnostics.push(no_instance(written)),
                }
            }
            if let Some(problem) = not_allowed(&characters) {
                diagnostics.push(problem);
            }
            None
        }
    }
}

fn unknown(word: &str, place: Span) -> Diagnostic {
    let all = Placeholder::ALL.map(Placeholder::word);
    let problem = bad(
        "bad-container-names",
        format!("there is no placeholder `{{{word}}}`"),
        place,
        "unknown placeholder",
    );
    match nearest(word, all) {
        Some(near) => problem.help(Help::did_you_mean(place, word, near)),
        None if word == "project" => problem
            .help("write `{environment}`: that is what Compose calls a project")
            .replace(place, "environment"),
        None => problem.help("there are `{environment}`, `{service}`, `{instance}` and `{ship}`"),
    }
}

fn brace(place: Span) -> Diagnostic {
    bad("bad-container-names", "a brace belongs to no placeholder", place, "Docker allows no brace in a name")
        .help("a placeholder has one brace on each side: `{instance}`; leave other braces out")
}

fn no_instance(written: &Spanned<String>) -> Diagnostic {
    let text = "`container_names` would give one name to all instances on a ship";
    bad("bad-container-names", text, written.span, "no `{instance}` here")
        .help(format!("write for example `\"{EXAMPLE}\"`"))
        .replace(written.span, as_scalar(EXAMPLE))
}

/// What applies to several characters is told once.
fn not_allowed(characters: &[(char, Span)]) -> Option<Diagnostic> {
    let (&(first, place), others) = characters.split_first()?;
    let text = format!("`{first}` cannot be part of a container's name");
    let problem = bad("bad-container-names", text, place, "not allowed").note(ALLOWED);
    let problem = others.iter().fold(problem, |problem, (_, place)| problem.also(*place, "not allowed"));
    Some(problem.help("write `-` in its place").replace(place, "-"))
}

impl Resolver<'_, '_> {
    /// Names the containers of all instances.
    pub(super) fn name_containers(&mut self, instances: &mut [Instance]) {
        let sections = self.index.sections.clone();
        let mut is_told = false;
        for (section, instance) in sections.iter().zip(instances.iter_mut()) {
            if let Some(own) = either(*section, |settings| &settings.container_name) {
                instance.container_name = self.own_name(&own).filter(|name| name.as_str() != instance.name);
            } else if let Some(pattern) = self.container_names.clone() {
                let names = Names {
                    environment: &self.document.name.value,
                    service: &section.service.name.value,
                    instance: &instance.name,
                    ship: &self.ships[instance.ship.0].name,
                };
                let problem = self.made_name(&pattern, names);
                instance.container_name = pattern.name(names);
                let written = self.document.container_names.as_ref().map(|written| written.span);
                instance.written.extend(written.map(|span| ("container_name".to_owned(), span)));
                if let Some(problem) = problem.filter(|_| !is_told) {
                    is_told = true;
                    self.diagnostics.push(problem);
                }
            }
        }
        self.collisions(&sections, instances);
    }

    /// A name that is written at an instance or its service.
    fn own_name(&mut self, own: &Spanned<String>) -> Option<ContainerName> {
        let name = &own.value;
        if name.len() > LONGEST {
            let text = format!("`{name}` is too long for a container's name");
            let label = format!("{} characters; at most {LONGEST}", name.len());
            self.diagnostics.push(bad("bad-name", text, own.span, label).help("write a shorter name"));
            return None;
        }
        let made = ContainerName::new(name);
        if made.is_none() {
            let text = format!("`{name}` cannot be the name of a container");
            let problem = bad("bad-name", text, own.span, "not a container's name");
            self.diagnostics.push(if name.contains(['{', '}']) {
                problem.note("`container_name` is taken as it is written").help(format!(
                    "a pattern stands at the top of the file: `container_names: \"{EXAMPLE}\"`"
                ))
            } else {
                let other = container_name_like(name);
                problem
                    .note(ALLOWED)
                    .help(format!("call it `{other}`, for example"))
                    .replace(own.span, as_scalar(&other))
            });
        }
        made
    }

    /// What is wrong with the name that the pattern makes of names which are valid themselves.
    fn made_name(&self, pattern: &NamePattern, names: Names<'_>) -> Option<Diagnostic> {
        let span = self.document.container_names.as_ref()?.span;
        let name = pattern.text(names);
        // Problems with these names are told at these.
        if !is_container_name(names.instance) || names.environment.is_empty() {
            return None;
        }
        if name.len() > LONGEST && is_container_name(&name) {
            let text = format!("the container of `{}` would have too long a name", names.instance);
            let label = format!("`{name}` has {} characters; at most {LONGEST}", name.len());
            return Some(
                bad("bad-container-names", text, span, label).help("shorten this pattern, or names in it"),
            );
        }
        if is_container_name(&name) {
            return None;
        }
        let text = format!("the container of `{}` cannot be called `{name}`", names.instance);
        let problem = bad("bad-container-names", text, span, "not a container's name").note(ALLOWED);
        Some(match pattern.to_blame(names) {
            Some(part) => problem.help(format!(
                "leave `{{{0}}}` out, or write other characters in the {0}'s name",
                part.word()
            )),
            None => problem.help("begin it with a letter or a digit, for example with `{instance}`"),
        })
    }

    /// Containers on one ship that would have one name.
    fn collisions(&mut self, sections: &[Section<'_>], instances: &[Instance]) {
        let mut known: HashMap<(ShipId, &str), usize> = HashMap::new();
        for (at, instance) in instances.iter().enumerate() {
            if !self.known_ship[at] {
                continue;
            }
            let Some(first) = known.insert((instance.ship, instance.container_name()), at) else { continue };
            let own = |at: usize| either(sections[at], |settings| &settings.container_name);
            let place = |at: usize| own(at).map_or(instances[at].span, |own| own.span);
            let (name, ship) = (instance.container_name(), &self.ships[instance.ship.0].name);
            let text = format!("two containers on ship `{ship}` would be called `{name}`");
            let (later, first) = if own(at).is_some() { (at, first) } else { (first, at) };
            let of = |at: usize| format!("of instance `{}`", instances[at].name);
            let problem = Diagnostic::error("duplicate-container-name", text);
            let problem = if place(first) == place(later) {
                let (one, other) = (&instances[later.min(first)].name, &instances[later.max(first)].name);
                problem.at(place(later), format!("of instances `{one}` and `{other}`"))
            } else {
                problem.at(place(later), of(later)).also(place(first), of(first))
            };
            self.diagnostics.push(match own(later) {
                Some(_) => problem.help("leave `container_name` out, or give each instance another one"),
                None => problem.help(
                    "change `container_names`, or give one of them a name of its own with `container_name`",
                ),
            });
        }
    }
}
