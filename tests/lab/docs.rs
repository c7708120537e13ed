//! Pages that need a lab do what they say: their files are written, their commands run, and what these print is what stands
//! there, but for times. `MAESTRO_UPDATE_DOCS=1` writes what they print into the page.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use crate::{
    support::{lab::Lab, normal},
    swarm::Swarm,
};

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
const NOT_RUN: &str = "<!-- not run: ";
const FILE: &str = "<!-- file: ";

#[test]
#[ignore = "needs a lab with Docker 28 and 20.10"]
fn the_page_about_the_lab_is_as_it_says() {
    let mut lab = Lab::with("SHIPS\n");
    // The example's, if it is not removed as the page says.
    "zk-kafka".clone_into(&mut lab.environment);
    let generations = ["SHIP1", "SHIP2"].map(|ship| &*lab.variables[&format!("MAESTRO_LAB_{ship}_DOCKER")]);
    assert_eq!(generations, ["28", "20.10"], "the page shows these generations of Docker");
    let program = lab.path().join("lab");
    fs::write(&program, concat!("#!/bin/sh\nexec ", env!("CARGO_MANIFEST_DIR"), "/lab \"$@\"\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    symlink(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"), lab.path().join("examples")).unwrap();
    does_what_it_says(&lab, "lab.md");
}

/// Two hosts become a Swarm; what the page leaves behind goes.
#[test]
#[ignore = "needs a lab with Docker 28 and 20.10"]
fn the_guide_from_one_host_to_a_swarm_is_as_it_says() {
    let mut lab = Lab::with("SHIPS\n");
    "shop".clone_into(&mut lab.environment);
    let swarm = Swarm(lab);
    does_what_it_says(&swarm.0, "guide/from-one-host-to-a-swarm.md");
    let log = fs::read_to_string(swarm.0.path().join("old.log")).unwrap();
    assert_eq!(log, "began\n", "the old container lost requests");
    swarm.0.succeed("-f compose.yaml -f swarm.yaml -f site.yaml down --yes");
}

fn does_what_it_says(lab: &Lab, name: &str) {
    let path = format!("{PAGES}/{name}");
    let page = fs::read_to_string(&path).unwrap();
    let real = run(lab, &page);
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(path, real).unwrap();
    } else {
        assert!(real == page, "run this test with MAESTRO_UPDATE_DOCS=1 if it should stand so:\n{real}");
    }
}

/// The page as it should be.
fn run(lab: &Lab, page: &str) -> String {
    let mut real = String::new();
    let mut lines = page.lines();
    let (mut comment, mut file) = ("", "");
    while let Some(line) = lines.next() {
        real.extend([line, "\n"]);
        if line.starts_with("<!-- ") {
            comment = line;
        }
        if let Some(name) = line.strip_prefix(FILE).and_then(|rest| rest.strip_suffix(" -->")) {
            file = name;
        }
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let as_it_is = || block.iter().flat_map(|line| [line, "\n"]).collect::<String>();
        match language {
            _ if std::mem::take(&mut comment).starts_with(NOT_RUN) => real.push_str(&as_it_is()),
            "console" => {
                let said = console(lab, &block);
                let is_same = comparable(&said) == comparable(&as_it_is());
                real.push_str(&if is_same { as_it_is() } else { said });
            }
            "yaml" => {
                fs::write(lab.path().join(file), on_lab(lab, &as_it_is())).unwrap();
                real.push_str(&as_it_is());
            }
            "sh" => {
                // One that fails in the middle would pass for one that succeeded.
                let (said, succeeded) = shell(lab, &format!("set -e\n{}", as_it_is()));
                assert!(succeeded, "{block:?}: {said}");
                real.push_str(&as_it_is());
            }
            other => panic!("a block of {other}"),
        }
        real.push_str("```\n");
    }
    real
}

/// What a command printed, without what differs from run to run: times, and the order of what ends at once.
fn comparable(said: &str) -> Vec<String> {
    let text = normal::text(said);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The first three numbers of the addresses of the reader's lab, which are those of this one's in the page.
const NETWORK: &str = "10.77.10.";

fn network(lab: &Lab) -> String {
    let address = Path::new(&lab.variables["MAESTRO_LAB_SHIP1"]);
    format!("{}.", address.file_stem().unwrap().to_str().unwrap())
}

/// The text with the addresses of this lab.
fn on_lab(lab: &Lab, text: &str) -> String {
    text.replace(NETWORK, &network(lab))
}

fn console(lab: &Lab, block: &[&str]) -> String {
    let mut real = String::new();
    for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
        real.extend(["$ ", command, "\n", &shell(lab, command).0]);
    }
    real
}

/// Runs it as the page's reader, whose lab is called `lab` and has the first network. Tells whether it succeeded.
fn shell(lab: &Lab, script: &str) -> (String, bool) {
    let name = &lab.variables["MAESTRO_LAB"];
    let script = format!("exec 2>&1\n{}", on_lab(lab, script));
    let output = lab.program("bash", &["-c".to_owned(), script]).env("MAESTRO_LAB", name).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said = said.replace(&network(lab), NETWORK);
    let name = regex::Regex::new(&format!(r"\b{name}\b")).unwrap();
    (name.replace_all(&said, "lab").into_owned(), output.status.success())
}
