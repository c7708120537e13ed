//! What people write in Compose files: variables, files that are merged, whole projects.

use std::{collections::HashMap, path::PathBuf};

use maestro_core::{diagnostic::Diagnostics, source::Sources};
use maestro_file::{
    compose::{self, CanonicalFormat, LoadedProject, Project, ProjectRequest},
    document::{
        load::{NamedFile, load_beside},
        site,
        template::Includes,
    },
    resolve::{ProjectParts, Surroundings, resolve_project},
};

use crate::{
    surroundings::{CANARY, assert_harmless, assert_told, directory, variables},
    text::{quoted, show},
};

/// The byte between two files of an input, which no text has.
pub const BETWEEN: u8 = 0xff;

/// The directory of a project.
const PROJECT: &str = "/shop";

/// Files beside the Compose files of an input, which they may name.
const BESIDE: [(&str, &str); 4] = [
    ("web.env", "A=1\nB=${TAG}\n"),
    ("common.yaml", "services:\n  base:\n    image: nginx\n    environment: {A: b}\n    ports: ['80']\n"),
    ("more.yaml", "services: {more: {image: redis}}\nvolumes: {more: {}}\n"),
    ("page.conf", "listen 80;\n"),
];

/// A project of these files, later ones merged over earlier ones.
fn project(files: &[(&str, &str)], env_file: &str) -> (LoadedProject, HashMap<PathBuf, String>) {
    let absolute = |name: &str| PathBuf::from(PROJECT).join(name);
    let on_disk: HashMap<PathBuf, String> = BESIDE
        .iter()
        .chain(files)
        .chain([&(".env", env_file)])
        .map(|(name, text)| (absolute(name), (*text).to_owned()))
        .collect();
    let request = ProjectRequest {
        working_directory: PROJECT.to_owned(),
        variables: variables(),
        files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
        profiles: vec!["full".to_owned()],
        ..ProjectRequest::default()
    };
    let loaded = compose::load(&request, &on_disk);
    assert_told(&loaded.diagnostics, &loaded.sources);
    assert!(
        loaded.project.is_some() || loaded.diagnostics.has_errors(),
        "neither understood nor complained about"
    );
    (loaded, on_disk)
}

/// The canonical form; with and without secrets it is shown in a terminal.
fn canonical(project: &Project) -> String {
    assert_harmless(&project.canonical_without_secrets(CanonicalFormat::Yaml));
    drop(project.canonical_without_secrets(CanonicalFormat::Json));
    drop(project.canonical(CanonicalFormat::Json));
    project.canonical(CanonicalFormat::Yaml)
}

/// The parts of an input as texts.
fn parts<const N: usize>(bytes: &[u8]) -> Option<[&str; N]> {
    let mut parts = [""; N];
    for (part, bytes) in parts.iter_mut().zip(bytes.splitn(N, |byte| *byte == BETWEEN)) {
        *part = std::str::from_utf8(bytes).ok()?;
    }
    Some(parts)
}

/// A text with variables as a value, and `.env` beside it. With its dollars doubled a text means itself.
pub fn interpolation(bytes: &[u8]) {
    let Some([text, env_file]) = parts::<2>(bytes) else { return };
    // These change which files are read, and they have no place in a Compose file.
    if env_file.contains("COMPOSE_") {
        return;
    }
    let value = |text: &str| {
        let file = format!(
            "services:\n  web:\n    image: nginx\n    hostname: {0}\n    environment: [{0}]\n    \
             labels: {{a: {0}}}\n",
            quoted(text)
        );
        let (loaded, _) = project(&[("compose.yaml", &file)], env_file);
        let project = loaded.project?;
        drop(canonical(&project));
        let service = project.services().next()?;
        service.element.text_of("hostname").map(str::to_owned)
    };
    drop(value(text));
    // An env file that is wrong is refused.
    if let Some(doubled) = value(&text.replace('$', "$$")) {
        assert_eq!(doubled, text, "a `$$` is a `$`");
    }
}

/// One file merged over another. Over a file that says nothing, and nothing over a file, change nothing.
pub fn merging(bytes: &[u8]) {
    const NOTHING: (&str, &str) = ("nothing.yaml", "services: {}\n");
    let Some([base, later]) = parts::<2>(bytes) else { return };
    let (files, both) = ([("compose.yaml", base), ("later.yaml", later)], later.len() > 1);
    if both {
        let (loaded, _) = project(&files, "");
        drop(loaded.project.map(|project| canonical(&project)));
    }
    let (loaded, _) = project(&files[..1], "");
    let Some(alone) = loaded.project.map(|project| canonical(&project)) else { return };
    // A tag says something about the file before.
    if base.contains('!') {
        return;
    }
    for files in [[NOTHING, files[0]], [files[0], NOTHING]] {
        let (loaded, _) = project(&files, "");
        let merged = loaded.project.map(|project| canonical(&project));
        assert_eq!(merged.as_ref(), Some(&alone), "merged with nothing");
    }
}

/// A whole project, with a site file if there is one: as every command reads it, with `config` and `plan`.
pub fn whole(bytes: &[u8]) {
    let Some([file, written_site]) = parts::<2>(bytes) else { return };
    let (loaded, files) = project(&[("compose.yaml", file)], "");
    let is_written = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
    let told = |diagnostics: &Diagnostics, sources: &Sources| {
        let drawn = maestro_report::diagnostics::draw(diagnostics, sources, false);
        assert!(is_written || !drawn.contains(CANARY), "a secret is told: {drawn}");
    };
    told(&loaded.diagnostics, &loaded.sources);
    let Some(project) = loaded.project else { return };
    let (mut sources, mut diagnostics) = (loaded.sources, loaded.diagnostics);
    // What docker compose prints is not always read as the same again: it leaves out zeros, and services without an active
    // profile.
    let printed = canonical(&project);
    drop(self::project(&[("compose.yaml", &printed)], ""));
    let (directory, variables) = (directory(), variables());
    let site = if written_site.is_empty() {
        project.site(&mut diagnostics)
    } else {
        let named = NamedFile {
            name: "site.yaml",
            bytes: written_site.as_bytes().to_vec(),
            includes: Includes::Inside(&directory),
        };
        let yaml = load_beside(named, &variables, &mut sources, &mut diagnostics);
        yaml.and_then(|yaml| site::read(&yaml, &mut diagnostics))
    };
    let surroundings = Surroundings::new(&directory, &variables);
    let parts = ProjectParts { site: site.as_ref(), ..ProjectParts::new(&project, &files, &sources) };
    let environment = resolve_project(parts, surroundings, &mut diagnostics);
    assert_told(&diagnostics, &sources);
    told(&diagnostics, &sources);
    assert!(environment.is_some() || diagnostics.has_errors(), "neither resolved nor complained about");
    if let Some(environment) = environment {
        show(&environment, &sources);
    }
}
