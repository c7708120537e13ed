//! Any text is read as a Compose project or refused with places; reading what is printed changes nothing.

use std::{collections::HashMap, fs, path::PathBuf, sync::LazyLock};

use maestro_file::compose::{CanonicalFormat, LoadedProject, ProjectRequest, load};
use proptest::prelude::*;

/// The files of the projects in `tests/compose`, as lines.
static FILES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/compose");
    let projects = fs::read_dir(folder).expect("the folder of projects").flatten();
    let mut files: Vec<PathBuf> = projects
        .flat_map(|project| fs::read_dir(project.path()).expect("a project").flatten())
        .map(|file| file.path())
        .filter(|file| file.extension().is_some_and(|end| end == "yaml" || end == "yml"))
        .collect();
    files.sort();
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    texts.map(|text| text.lines().map(ToOwned::to_owned).collect()).collect()
});

/// All their lines.
static LINES: LazyLock<Vec<String>> = LazyLock::new(|| FILES.concat());

fn read(files: &[(&str, &str)]) -> LoadedProject {
    let files_in_memory: HashMap<PathBuf, String> =
        files.iter().map(|(name, text)| (PathBuf::from("/project").join(name), (*text).to_owned())).collect();
    let request = ProjectRequest {
        working_directory: "/project".to_owned(),
        files: files.iter().filter(|(name, _)| *name != ".env").map(|(name, _)| (*name).to_owned()).collect(),
        profiles: vec!["*".to_owned()],
        ..ProjectRequest::default()
    };
    load(&request, &files_in_memory)
}

/// Reads files; whatever is in them, it is read, or told with words that steer no terminal.
fn check(files: &[(&str, &str)]) -> Result<LoadedProject, TestCaseError> {
    let loaded = read(files);
    let drawn = maestro_report::diagnostics::draw(&loaded.diagnostics, &loaded.sources, false);
    prop_assert!(loaded.project.is_some() || loaded.diagnostics.has_errors(), "{drawn}");
    prop_assert!(!drawn.contains(|c: char| c.is_control() && c != '\n'), "{drawn:?}");
    Ok(loaded)
}

/// A text of lines of good files, in which some parts are changed.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        8 => (0..LINES.len()).prop_map(|at| LINES[at].clone()),
        1 => "[ ]{0,6}[a-z_]{1,12}: [-\\[\\]{}$:,a-z0-9 ~!*&'\"]{0,16}",
        1 => "\\PC{0,20}",
    ];
    let start =
        prop_oneof![Just("services:"), Just("services:\n  web:\n    image: x"), Just("networks:"), Just("")];
    (start, prop::collection::vec(part, 0..14))
        .prop_map(|(start, parts)| format!("{start}\n{}\n", parts.join("\n")))
}

/// A whole file with one line left out, doubled, replaced, or as it is.
fn changed() -> impl Strategy<Value = String> {
    (0..FILES.len(), 0_usize..1000, 0_usize..5, 0..LINES.len()).prop_map(|(file, at, how, other)| {
        let mut lines: Vec<&str> = FILES[file].iter().map(String::as_str).collect();
        let at = at % lines.len();
        match how {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at]),
            2 => lines[at] = &LINES[other],
            _ => {}
        }
        lines.join("\n")
    })
}

/// Whether a printed project builds with a key of SSH.
fn has_key_of_ssh(printed: &str) -> bool {
    let lists = printed.split("ssh:\n").skip(1);
    let mut items =
        lists.flat_map(|list| list.lines().take_while(|line| line.trim_start().starts_with("- ")));
    items.any(|item| item.contains(": "))
}

#[test]
fn a_key_of_ssh_is_printed_as_docker_compose_refuses_it() {
    let text = "name: b\nservices:\n  web: {build: {context: ., ssh: {A: key}}}\n";
    let project = check(&[("compose.yaml", text)]).unwrap().project.unwrap();
    let printed = project.canonical(CanonicalFormat::Yaml);
    assert!(has_key_of_ssh(&printed), "{printed}");
    assert!(check(&[("compose.yaml", &printed)]).unwrap().project.is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_file_is_read_or_refused(text in prop_oneof![text(), changed()], env in "[A-Z=$\\n'\"{}#a ]{0,30}") {
        check(&[("compose.yaml", &text), (".env", &env)])?;
    }

    #[test]
    fn any_files_are_merged_or_refused(first in changed(), second in prop_oneof![text(), changed()]) {
        check(&[("compose.yaml", &first), ("other.yaml", &second)])?;
    }

    #[test]
    fn a_file_merged_with_nothing_stays(text in changed()) {
        let alone = check(&[("compose.yaml", &text)])?;
        let merged = check(&[("compose.yaml", &text), ("other.yaml", "services: {}\n")])?;
        if let (Some(alone), Some(merged)) = (alone.project, merged.project) {
            prop_assert_eq!(alone.canonical(CanonicalFormat::Yaml), merged.canonical(CanonicalFormat::Yaml));
        }
    }

    #[test]
    fn what_is_printed_is_read_as_itself(text in changed()) {
        let Some(project) = check(&[("compose.yaml", &text)])?.project else { return Ok(()) };
        let printed = project.canonical(CanonicalFormat::Yaml);
        // docker compose doubles a `$` in keys too, where it reads it as it is.
        let has_dollar = |line: &str| line.split(": ").next().is_some_and(|key| key.contains('$'));
        if printed.lines().any(has_dollar) {
            return Ok(());
        }
        let json = project.canonical(CanonicalFormat::Json);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", json);
        let again = check(&[("compose.yaml", &printed)])?;
        let again = again.project.map(|project| project.canonical(CanonicalFormat::Yaml));
        // docker compose prints a key of SSH as `ID: PATH`, and refuses that itself.
        let expected = (!has_key_of_ssh(&printed)).then_some(printed);
        prop_assert_eq!(again, expected);
    }
}
