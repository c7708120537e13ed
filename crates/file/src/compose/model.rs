//! Several files as one: each with what it extends and includes, then merged in their order.

use super::{
    defaults,
    dotenv::ProjectVariables,
    element::{Content, Element, Members},
    extends::{self, Bases},
    keys::TOP,
    loader::{Loader, directory_of},
    merge::{merge, without_tags},
    paths,
};
use maestro_core::{diagnostic::Diagnostic, source::Span};

/// Sections that an included file adds to.
const IMPORTED: [&str; 6] = ["services", "volumes", "networks", "secrets", "configs", "models"];

/// Files that are read as one, and what they see.
pub(super) struct FileGroup<'a> {
    /// Their paths, with the places that name them.
    pub files: &'a [(String, Option<Span>)],
    /// The directory that paths count from.
    pub directory: &'a str,
    /// Variables.
    pub environment: &'a ProjectVariables,
}

/// Reads the files of a project and merges them. `above` are the files that include them.
pub(super) fn load(loader: &mut Loader<'_>, project: &FileGroup<'_>, above: &[String]) -> Option<Element> {
    let mut bases = Bases::default();
    let mut model: Option<Element> = None;
    let mut above = above.to_vec();
    for (path, named_at) in project.files {
        let Some(mut own) = loader.values(path, *named_at, project.environment) else { continue };
        extends::apply(loader, &mut bases, &mut own, (path, project.directory), project.environment);
        above.push(path.clone());
        include(loader, &mut own, project, &above);
        let base = model.get_or_insert_with(|| Element::new(own.span, Content::Mapping(Members::new())));
        merge(base, own, TOP);
    }
    let mut model = model?;
    without_tags(&mut model);
    defaults::fill_in(&mut model);
    paths::make_absolute(&mut model, project.directory, loader);
    inherit(&mut model, project.environment);
    Some(model)
}

/// Adds what a file includes to it.
fn include(loader: &mut Loader<'_>, own: &mut Element, project: &FileGroup<'_>, above: &[String]) {
    let included = own.members_mut().and_then(|members| members.shift_remove("include"));
    let Some(Content::List(entries)) = included.map(|member| member.value.content) else { return };
    for entry in entries {
        let Some(imported) = included_model(loader, &entry, project, above) else { continue };
        import(loader, own, imported, entry.span);
    }
}

fn included_model(
    loader: &mut Loader<'_>,
    entry: &Element,
    project: &FileGroup<'_>,
    above: &[String],
) -> Option<Element> {
    let texts = |name: &str| -> Vec<(String, Span)> {
        let items = entry.get(name).and_then(Element::items).unwrap_or_default();
        items.iter().filter_map(|item| Some((item.as_text()?.to_owned(), item.span))).collect()
    };
    let written = texts("path");
    let (remote, local): (Vec<_>, Vec<_>) = written.iter().partition(|(path, _)| is_remote(path));
    for (path, span) in remote {
        let diagnostic = Diagnostic::error("remote-file", format!("`{path}` is not a file of this machine"));
        loader
            .diagnostics
            .push(diagnostic.at(*span, "only files are included").help("copy it here and name the copy"));
    }
    let mut files: Vec<(String, Option<Span>)> = Vec::new();
    for (path, span) in local {
        let path = loader.absolute(project.directory, path);
        if above.contains(&path) {
            let diagnostic = Diagnostic::error("include-cycle", "this file is included by itself");
            loader.diagnostics.push(diagnostic.at(*span, "").help("remove this `include`"));
        } else {
            files.push((path, Some(*span)));
        }
    }
    let (first, _) = files.first().cloned()?;
    let directory = match entry.text_of("project_directory") {
        Some(directory) => loader.absolute(project.directory, directory),
        None => directory_of(&first),
    };
    let mut env_files: Vec<(String, Option<Span>)> = texts("env_file")
        .into_iter()
        .map(|(path, span)| (loader.absolute(project.directory, &path), Some(span)))
        .collect();
    let default = format!("{directory}/.env");
    if env_files.is_empty() && loader.files.is_file(default.as_ref()) {
        env_files.push((default, None));
    }
    let found = loader.env_files(&env_files, project.environment);
    let mut environment = project.environment.clone();
    for (name, value) in found {
        environment.entry(name).or_insert(value);
    }
    let inner = FileGroup { files: &files, directory: &directory, environment: &environment };
    load(loader, &inner, above)
}

fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("oci:")
}

/// Adds what an included file defines. A name that both define differently is told.
fn import(loader: &mut Loader<'_>, own: &mut Element, mut imported: Element, span: Span) {
    for section in IMPORTED {
        let Some(found) = imported.members_mut().and_then(|members| members.shift_remove(section)) else {
            continue;
        };
        let Content::Mapping(found_members) = found.value.content else { continue };
        own.add(section, Content::Mapping(Members::new()));
        let Some(members) = own.get_mut(section).and_then(Element::members_mut) else { continue };
        for (name, member) in found_members {
            match members.get(&name) {
                None => {
                    members.insert(name, member);
                }
                Some(known) if known.value.is_like(&member.value) => {}
                Some(known) => {
                    let message = format!("`{name}` of `{section}` is defined here and in an included file");
                    let diagnostic = Diagnostic::error("include-conflict", message)
                        .at(known.key, "this one")
                        .also(member.key, "the included one")
                        .also(span, "included here");
                    loader.diagnostics.push(
                        diagnostic
                            .help("rename one, or merge both with `include: [{path: [FIRST, SECOND]}]`"),
                    );
                }
            }
        }
    }
}

/// Gives variables without a value that of the environment.
fn inherit(model: &mut Element, environment: &ProjectVariables) {
    for service in paths::values_mut(model, "services") {
        let Some(variables) = service.get_mut("environment").and_then(Element::members_mut) else { continue };
        for (name, member) in variables {
            if let Some(value) = environment.get(name).filter(|_| member.value.is_null()) {
                member.value.content = Content::Text(value.clone());
            }
        }
    }
}
