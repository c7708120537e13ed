//! Holds the documents to the code: the key tables are written from it, and every file that they show loads.

use std::{fmt::Write, fs, path::Path, process::Command};

use maestro::document::keys::{self, Key, Support};

/// The sections of `docs/reference.md`: heading, what it is, its keys, and a file that uses them.
const SECTIONS: &[(&str, &str, &[Key])] = &[
    (
        "The file",
        "Keys at the top. Others are allowed there, for YAML anchors: `x-…` and `_…` without a word, those that look like a slip of the pen with a warning.",
        keys::TOP,
    ),
    ("`__maestro`", "The header.", keys::HEADER),
    ("Ships", "Keys of each ship under `ships`, and of `ship_defaults`.", keys::SHIP),
    (
        "Services",
        "Keys that only a service has. Beside them, every key of an instance may stand here as its instances' default: maps are merged, the instance winning; `requires`, `wants_info`, `links` and checks add up; all else is replaced.",
        keys::SERVICE_ONLY,
    ),
    ("Instances", "Keys of each instance under `instances`.", keys::INSTANCE),
    (
        "A port as a mapping",
        "A port is a number (`8080`), a pair `\"container:ship\"`, a range (`\"8000-8005\"`), one of several on the ship (`\"80:8000-8005\"`), each with `/udp` if it is UDP, or a mapping of:",
        keys::PORT,
    ),
    (
        "A volume as a mapping",
        "With `__maestro: {schema: 2}` a volume is `ship: container`, or the ship's path and a mapping of:",
        keys::VOLUME,
    ),
    ("`limits`", "", keys::LIMITS),
    ("`restart` as a mapping", "", keys::RESTART),
    ("A ulimit as a mapping", "", keys::ULIMIT),
    ("`lifecycle`", "States, each with a list of checks.", keys::LIFECYCLE),
    ("A `tcp` check", "", keys::TCP_CHECK),
    ("A `sleep` check", "", keys::SLEEP_CHECK),
];

#[test]
fn the_reference_is_written_from_the_code() {
    let mut text = String::from(
        "# Reference: every key of the file\n\nWritten from `src/document/keys.rs` by `tests/docs.rs`. `maestro config` shows what was understood of a file.\n",
    );
    for (heading, about, keys) in SECTIONS {
        write!(text, "\n## {heading}\n\n").expect("a string");
        if !about.is_empty() {
            write!(text, "{about}\n\n").expect("a string");
        }
        text.push_str("| key | value | what it does |\n|---|---|---|\n");
        for key in *keys {
            let support = match key.support {
                Support::Carried => "",
                Support::NotYet => " *Not carried yet: an error.*",
                Support::Unused => " *No effect yet: a warning.*",
                Support::Obsolete => " *Obsolete: a warning.*",
            };
            writeln!(text, "| `{}` | {} | {}{support} |", key.name, key.value, key.about).expect("a string");
        }
    }
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write("docs/reference.md", &text).expect("docs/reference.md can be written");
    }
    let written = fs::read_to_string("docs/reference.md").expect("docs/reference.md");
    assert!(written == text, "docs/reference.md is old: MAESTRO_UPDATE_DOCS=1 cargo test --test docs");
}

#[test]
fn the_file_in_the_readme_is_the_example_and_loads() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let (_, rest) = readme.split_once("<!-- runs: ").expect("a marked block");
    let (path, rest) = rest.split_once(" -->\n```yaml\n").expect("a YAML block");
    let (block, _) = rest.split_once("```").expect("an end of the block");
    assert_eq!(block, fs::read_to_string(path).expect("the example"));
    assert_loads(Path::new(path));
}

#[test]
fn every_example_loads_without_a_word() {
    for path in ["examples/shop/maestro.yaml", "examples/tutorial/maestro.yaml"] {
        assert_loads(Path::new(path));
    }
}

#[test]
fn commands_in_the_readme_exist() {
    let readme = fs::read_to_string("README.md").expect("README.md");
    let commands: Vec<&str> = readme
        .split("| `maestro ")
        .skip(1)
        .flat_map(|rest| rest.split(" |").next().unwrap_or_default().split("`, `"))
        .map(|word| word.trim_matches('`'))
        .collect();
    assert!(commands.len() >= 11, "{commands:?}");
    for command in commands {
        let output = maestro().args([command, "--help"]).output().expect("maestro");
        assert!(output.status.success(), "maestro {command} --help");
    }
}

fn maestro() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maestro"));
    command.env_remove("NODE_DATA").env_remove("DB_PASSWORD");
    command
}

fn assert_loads(path: &Path) {
    let output = maestro().arg("-f").arg(path).arg("config").output().expect("maestro");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{}: {stderr}", path.display());
}
