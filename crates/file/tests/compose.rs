//! Compose projects and what `docker compose config` prints for them. `scripts/compose-config --record` wrote that, from
//! docker compose 2.40; a folder in `tests/compose` is a project, as its head says.
//!
//! `message-N.txt` is what a user reads about a call that is refused; `MAESTRO_UPDATE_COMPOSE=1` writes it again.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use maestro_file::compose::{CanonicalFormat, FilesOnDisk, LoadedProject, ProjectRequest, load};

/// The folders of the projects.
fn projects() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose");
    let entries = fs::read_dir(folder).expect("the folder of projects").flatten();
    let mut projects: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    projects.sort();
    projects
}

/// The options of each call, as `scripts/compose-config` reads them.
fn calls(project: &Path) -> Vec<String> {
    match fs::read_to_string(project.join("cases")) {
        Ok(cases) => cases.lines().map(ToOwned::to_owned).collect(),
        Err(_) => vec![String::new()],
    }
}

fn variables(project: &Path) -> BTreeMap<String, String> {
    let written = fs::read_to_string(project.join("variables")).unwrap_or_default();
    let pairs = written.lines().filter_map(|line| line.split_once('='));
    let mut variables: BTreeMap<String, String> =
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    variables.insert("HOME".to_owned(), "/home/user".to_owned());
    variables
}

fn request(project: &Path, options: &str) -> ProjectRequest {
    let mut request = ProjectRequest {
        working_directory: project.display().to_string(),
        variables: variables(project),
        ..ProjectRequest::default()
    };
    let mut words = options.split_whitespace().map(ToOwned::to_owned);
    while let (Some(option), Some(value)) = (words.next(), words.next()) {
        match option.as_str() {
            "-f" => request.files.push(value),
            "--project-name" => request.name = Some(value),
            "--env-file" => request.env_files.push(value),
            "--profile" => request.profiles.push(value),
            "--project-directory" => request.directory = Some(value),
            other => panic!("{other}: what is this option?"),
        }
    }
    request
}

/// Calls each project in each way, and hands on what comes of it, with the path of its recorded output without its end.
fn each_call(mut test: impl FnMut(&Path, &ProjectRequest, LoadedProject)) {
    for project in projects() {
        for (number, options) in calls(&project).iter().enumerate() {
            let request = request(&project, options);
            let loaded = load(&request, &FilesOnDisk);
            test(&project.join(format!("expected-{}", number + 1)), &request, loaded);
        }
    }
}

/// A text as if the folder were `/project`.
fn without_folder(text: &str, request: &ProjectRequest) -> String {
    let folder = &request.working_directory;
    let parent = Path::new(folder).parent().expect("the folder of projects").display();
    text.replace(folder, "/project").replace(&format!("{parent}/"), "/")
}

#[test]
fn the_canonical_form_is_that_of_docker_compose() {
    let (mut equal, mut refused, mut wrong) = (0, 0, Vec::new());
    each_call(|expected, request, loaded| {
        let printed =
            loaded.project.map(|project| without_folder(&project.canonical(CanonicalFormat::Yaml), request));
        match (fs::read_to_string(expected.with_extension("yaml")), printed) {
            (Ok(theirs), Some(ours)) if theirs == ours => equal += 1,
            (Err(_), None) if expected.with_extension("refused").exists() => refused += 1,
            (theirs, ours) => wrong.push(format!(
                "{}\n--- docker compose\n{}\n--- Maestro\n{}",
                expected.display(),
                theirs.unwrap_or_else(|_| "refused".to_owned()),
                ours.unwrap_or_else(|| format!("refused: {:#?}", loaded.diagnostics.sorted()))
            )),
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(equal > 40 && refused > 25, "{equal} equal, {refused} refused");
}

#[test]
fn what_is_refused_is_told_with_its_place_and_a_way_out() {
    let is_update = env::var_os("MAESTRO_UPDATE_COMPOSE").is_some();
    let mut wrong = Vec::new();
    each_call(|expected, request, loaded| {
        if loaded.project.is_some() {
            return;
        }
        let drawn = maestro_report::diagnostics::draw(&loaded.diagnostics, &loaded.sources, false);
        let told = format!("{}\n", without_folder(&drawn, request).trim_end());
        let name = expected.file_name().expect("a name").to_string_lossy().replace("expected", "message");
        let recorded = expected.with_file_name(name).with_extension("txt");
        if is_update {
            fs::write(&recorded, &told).expect("a message is written");
        }
        let known = fs::read_to_string(&recorded).unwrap_or_default();
        if known != told {
            wrong.push(format!("{}\n--- recorded\n{known}\n--- now\n{told}", recorded.display()));
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is printed is read again as the same project: nothing of it is short any more, and nothing is merged.
#[test]
fn the_canonical_form_reads_as_itself() {
    each_call(|expected, request, loaded| {
        // A service that is not active is not printed, and cannot be depended on then.
        let Some(project) = loaded.project.filter(|project| project.disabled.is_empty()) else { return };
        let printed = project.canonical(CanonicalFormat::Yaml);
        if expected.parent().is_some_and(|folder| folder.ends_with("dollars-in-keys")) {
            // docker compose doubles them in keys too, where it reads them as they are.
            return;
        }
        let path = PathBuf::from("/again/compose.yaml");
        let files = std::collections::HashMap::from([(path, printed.clone())]);
        let again = ProjectRequest {
            working_directory: "/again".to_owned(),
            variables: request.variables.clone(),
            profiles: vec!["*".to_owned()],
            ..ProjectRequest::default()
        };
        let read = load(&again, &files);
        let project = read
            .project
            .unwrap_or_else(|| panic!("{}: {:#?}", expected.display(), read.diagnostics.sorted()));
        let reprinted = project.canonical(CanonicalFormat::Yaml);
        assert_eq!(reprinted, printed, "{}", expected.display());
    });
}
