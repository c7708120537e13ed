//! The lab's page does what it says: its commands are run, and what they print is what stands there.
//! `MAESTRO_UPDATE_DOCS=1` writes what they print into the page.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use crate::support::lab::Lab;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lab.md");
const NOT_RUN: &str = "<!-- not run: ";

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
    let page = fs::read_to_string(PAGE).unwrap();
    let real = run(&lab, &page);
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(PAGE, real).unwrap();
    } else {
        assert!(real == page, "run this test with MAESTRO_UPDATE_DOCS=1 if it should stand so:\n{real}");
    }
}

/// The page as it should be.
fn run(lab: &Lab, page: &str) -> String {
    let mut real = String::new();
    let mut lines = page.lines();
    let mut comment = "";
    while let Some(line) = lines.next() {
        real.extend([line, "\n"]);
        if line.starts_with("<!-- ") {
            comment = line;
        }
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let as_it_is = || block.iter().flat_map(|line| [line, "\n"]).collect::<String>();
        match language {
            _ if std::mem::take(&mut comment).starts_with(NOT_RUN) => real.push_str(&as_it_is()),
            "console" => real.push_str(&console(lab, &block)),
            "sh" => {
                // One that fails in the middle would pass for one that succeeded.
                let (said, succeeded) = shell(lab, &format!("set -e\n{}", as_it_is()));
                assert!(succeeded, "{block:?}: {said}");
                real.push_str(&as_it_is());
            }
            other => panic!("a block of {other} in {PAGE}"),
        }
        real.push_str("```\n");
    }
    real
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
    let network = Path::new(&lab.variables["MAESTRO_LAB_SHIP1"]).file_stem().unwrap().to_str().unwrap();
    let script = format!("exec 2>&1\n{}", script.replace("10.77.10.", &format!("{network}.")));
    let output = lab.program("bash", &["-c".to_owned(), script]).env("MAESTRO_LAB", name).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said = said.replace(&format!("{network}."), "10.77.10.");
    let name = regex::Regex::new(&format!(r"\b{name}\b")).unwrap();
    (name.replace_all(&said, "lab").into_owned(), output.status.success())
}
