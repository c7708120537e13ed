//! Runs every page of `docs/guide/` that needs no engine: its files are written, its commands run, and what they print
//! is what stands there. `MAESTRO_UPDATE_DOCS=1` writes what they print into the page.

use std::{
    fmt::Write,
    fs,
    path::Path,
    process::{Command, Stdio},
};

const PAGES: &[&str] = &[
    "docs/guide/templates.md",
    "docs/guide/many-hosts.md",
    "docs/guide/pictures.md",
    "docs/compose.md",
    "docs/watch.md",
];

/// Pictures that commands of a page draw, as the page shows them.
const PICTURES: &str = "docs/pictures";

/// A code block without a comment of this form in front is `maestro.yaml`.
const FILE: &str = "<!-- file: ";

#[test]
fn pages_without_an_engine_are_as_they_say() {
    for page in PAGES {
        let text = fs::read_to_string(page).expect("a page");
        let real = carried_out(&text);
        if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
            fs::write(page, &real).expect("the page can be written");
        }
        assert_current(page, &text, &real);
    }
}

#[track_caller]
fn assert_current(page: &str, text: &str, real: &str) {
    let differing = text.lines().zip(real.lines()).find(|(old, new)| old != new);
    assert!(
        text == real || std::env::var_os("MAESTRO_UPDATE_DOCS").is_some(),
        "{page} is old, first at {differing:?}: MAESTRO_UPDATE_DOCS=1 cargo test --test guide_pages"
    );
}

/// The page with what its commands print today.
fn carried_out(page: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let mut real = String::new();
    let mut file = "maestro.yaml";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        real.extend([line, "\n"]);
        if let Some(name) = line.strip_prefix(FILE).and_then(|rest| rest.strip_suffix(" -->")) {
            file = name;
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        // What a run prints is shown by other tests.
        if language == "console" && !block.contains(&"$ maestro timeline") {
            for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                write!(real, "$ {command}\n{}", output(directory.path(), command)).expect("a string");
            }
        } else {
            let text: String = block.iter().flat_map(|line| [line, "\n"]).collect();
            if !matches!(language, "console" | "sh") {
                fs::write(directory.path().join(file), &text).expect("a file");
                file = "maestro.yaml";
            }
            real.push_str(&text);
        }
        real.push_str("```\n");
    }
    for picture in fs::read_dir(directory.path()).expect("a directory") {
        let picture = picture.expect("a file").path();
        if picture.extension().is_some_and(|ending| ending == "svg") {
            same_picture(&picture);
        }
    }
    real
}

/// The picture that a command drew is the one that the page shows.
fn same_picture(drawn: &Path) {
    let shown = Path::new(PICTURES).join(drawn.file_name().expect("a name"));
    let drawn = fs::read_to_string(drawn).expect("a picture");
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        return fs::write(shown, drawn).expect("the picture can be written");
    }
    let old = fs::read_to_string(&shown).unwrap_or_default();
    let name = shown.display();
    assert!(old == drawn, "{name} is old: MAESTRO_UPDATE_DOCS=1 cargo test --test guide_pages");
}

/// What a command of the page prints, errors first.
fn output(directory: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_maestro"));
    let path = format!(
        "{}:{}",
        program.parent().expect("a directory").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(directory)
        .env_clear()
        .envs([("PATH", path.as_str()), ("HOME", "/nonexistent")])
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned()
}
