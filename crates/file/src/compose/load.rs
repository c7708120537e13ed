//! From the files of a project to the project.

use super::{
    complete, consistent,
    dotenv::ProjectVariables,
    element::{Content, Element, Members},
    environment,
    files::ProjectFiles,
    keys::TOP,
    loader::Loader,
    model::{self, FileGroup},
    name, normal,
    project::{self, Project},
    request::{self, Located, ProjectRequest},
};
use std::sync::Arc;

use crate::document::{load::secrets_of, site::SITE_KEY, yaml::Yaml};
use maestro_core::{diagnostic::Diagnostics, source::Sources};

/// A project, and all that was found out about its files.
#[derive(Debug)]
pub struct LoadedProject {
    /// The files.
    pub sources: Sources,
    /// The project; none if there are errors.
    pub project: Option<Project>,
    /// Without a project, what is left of it when wrong values are left out: to look for what else is wrong. None if the
    /// errors would have others follow from them.
    pub remainder: Option<Project>,
    /// What is wrong with the files.
    pub diagnostics: Diagnostics,
}

/// Reads the project that is asked for.
#[must_use]
pub fn load(request: &ProjectRequest, files: &dyn ProjectFiles) -> LoadedProject {
    let home = request.variables.get("HOME").filter(|home| !home.is_empty()).cloned();
    let mut loader = Loader::new(files, &request.working_directory, home);
    let project = read(&mut loader, request);
    let Loader { sources, mut diagnostics, .. } = loader;
    let variables = project.as_ref().map_or_else(
        || request.variables.clone(),
        |project| project.environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
    );
    diagnostics.hide(secrets_of(&variables, &sources));
    let (project, remainder) = match project {
        Some(project) if !diagnostics.has_errors() => (Some(project), None),
        Some(project) if stand_alone(&diagnostics, &project.model) => (None, Some(project)),
        Some(_) | None => (None, None),
    };
    LoadedProject { sources, project, remainder, diagnostics }
}

/// Whether no other errors follow from those that were found.
fn stand_alone(diagnostics: &Diagnostics, model: &Element) -> bool {
    !diagnostics.has_errors_beside(&ALONE) && !has_gaps(model)
}

/// Whether a section, or an entry that others name, was left out.
fn has_gaps(model: &Element) -> bool {
    let is_mapping = |element: &Element| element.members().is_some();
    let sections = ["services", "networks", "volumes", "configs", "secrets", "models"];
    let named = ["services", "configs", "secrets"];
    let mut entries = named.iter().filter_map(|name| model.get(name)?.members()).flat_map(Members::values);
    sections.iter().filter_map(|name| model.get(name)).any(|section| !is_mapping(section))
        || entries.any(|entry| !is_mapping(&entry.value))
}

/// Errors that no other error follows from: what is wrong is left out, and nothing is told of its place any more.
const ALONE: [&str; 10] = [
    "bad-mount",
    "bad-port",
    "bad-project-name",
    "bad-value",
    "contradiction",
    "missing-key",
    "out-of-range",
    "undefined-name",
    "unknown-key",
    "wrong-type",
];

fn read(loader: &mut Loader<'_>, request: &ProjectRequest) -> Option<Project> {
    let located = request::locate(loader, request)?;
    let name = name::find(loader, request, &located);
    let Located { files, directory, mut environment } = located;
    environment.insert("COMPOSE_PROJECT_NAME".to_owned(), name.clone());
    let group = FileGroup { files: &files, directory: &directory, environment: &environment };
    let mut model = model::load(loader, &group, &[])?;
    let paths = files.into_iter().map(|(path, _)| path).collect();
    complete::file(&model, TOP, &mut loader.diagnostics);
    if loader.diagnostics.has_errors() && !stand_alone(&loader.diagnostics, &model) {
        // What follows would tell the same mistakes again.
        let site = site_of(loader, &model);
        return Some(Project {
            name,
            directory,
            files: paths,
            environment,
            disabled: Members::new(),
            model,
            site,
        });
    }
    normal::complete(&mut model, &name, &environment, &mut loader.diagnostics);
    put_name(&mut model, &name);
    let mut profiles = profiles(request, &environment);
    profiles.extend(profiles_of(&model, &request.services));
    let disabled = project::disable(&mut model, &profiles);
    consistent::check(&mut model, &disabled, &mut loader.diagnostics);
    if let Some(services) = model.get_mut("services").and_then(Element::members_mut) {
        environment::add_files(loader, services, &environment);
    }
    project::without_unused(&mut model);
    let site = site_of(loader, &model);
    Some(Project { name, directory, files: paths, environment, disabled, model, site })
}

/// The last file that has `x-maestro`.
fn site_of(loader: &mut Loader<'_>, model: &Element) -> Option<Arc<Yaml>> {
    let file = model.members()?.get(SITE_KEY)?.key.file;
    Some(loader.tree(file)?.yaml)
}

fn put_name(model: &mut Element, name: &str) {
    if let Some(members) = model.members_mut() {
        members.shift_remove("name");
    }
    model.add("name", Content::from(name));
    model.add("services", Content::Mapping(Members::new()));
}

/// The profiles of services that a command names.
fn profiles_of(model: &Element, services: &[String]) -> Vec<String> {
    let all = model.get("services").and_then(Element::members);
    let named = services.iter().filter_map(|name| all?.get(name));
    named
        .flat_map(|service| service.value.each("profiles"))
        .filter_map(Element::as_text)
        .map(str::to_owned)
        .collect()
}

/// The profiles that are asked for, or those of `COMPOSE_PROFILES`.
fn profiles(request: &ProjectRequest, environment: &ProjectVariables) -> Vec<String> {
    if !request.profiles.is_empty() {
        return request.profiles.clone();
    }
    let written = environment.get("COMPOSE_PROFILES").map(String::as_str).unwrap_or_default();
    written.split(',').map(str::trim).filter(|profile| !profile.is_empty()).map(ToOwned::to_owned).collect()
}
