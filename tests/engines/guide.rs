//! Pages of the guide do what they say. `MAESTRO_UPDATE_DOCS=1` writes what their commands print into them.

use std::fs;

use regex::Regex;

use crate::{
    failures::RUNS,
    support::{
        IMAGE, normal,
        site::{Running, Site},
    },
};

const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide");

/// A place for the environment of a page, with the image that pages use. Drop it with [`leave`].
fn place(environment: &str) -> Site {
    let mut site = Site::fixed(environment, "guide");
    site.set("LOGNAME", "ann");
    site.strangers.extend(["guide-base".to_owned(), "guide-taker".to_owned()]);
    site.docker("rm -f guide-base guide-taker");
    site.docker(&format!("create --name guide-base {IMAGE} /bin/busybox"));
    let command = format!("CMD [\"/bin/busybox\", \"sh\", \"-c\", \"{RUNS}\"]");
    let image =
        ["commit".to_owned(), "-c".to_owned(), command, "guide-base".to_owned(), "guide/app:1".to_owned()];
    let made = site.program("docker", &image).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    site
}

/// Removes the image that pages use.
fn leave(site: &Site) {
    site.docker("rm -f guide-base");
    site.docker("rm -f guide-taker");
    site.docker("image rm guide/app:1");
}

#[test]
#[ignore = "needs an engine"]
fn building_images_is_as_it_says() {
    let mut site = place("building");
    does_what_it_says(&mut site, "building-images.md");
    site.succeed("kill");
    site.succeed("clean");
    site.docker("image rm building-web");
    leave(&site);
}

#[test]
#[ignore = "needs an engine"]
fn changing_things_is_as_it_says() {
    let mut site = place("changing-things");
    does_what_it_says(&mut site, "changing-things.md");
    site.succeed("kill");
    site.succeed("clean");
    leave(&site);
}

#[test]
#[ignore = "needs an engine"]
fn every_day_is_as_it_says() {
    let mut site = place("every-day");
    does_what_it_says(&mut site, "every-day.md");
    site.succeed("kill");
    site.succeed("clean");
    leave(&site);
}

#[test]
#[ignore = "needs an engine"]
fn from_docker_compose_is_as_it_says() {
    let mut site = place("from-compose");
    does_what_it_says(&mut site, "from-docker-compose.md");
    leave(&site);
}

#[test]
#[ignore = "needs an engine"]
fn volumes_and_files_are_as_it_says() {
    let mut site = place("data");
    does_what_it_says(&mut site, "volumes-and-files.md");
    site.succeed("kill");
    site.succeed("clean");
    site.succeed("volume rm --yes store");
    leave(&site);
}

/// Commands whose output is figures and times.
const FIGURES: [&str; 5] =
    ["$ maestro stats", "$ maestro top", "$ maestro events", "$ maestro inspect", "$ maestro images"];

/// Without what differs from run to run: figures, widths of columns, and processes that come and go.
fn without_figures(text: &str) -> String {
    let sizes = Regex::new("[0-9.]+ ([KMG]i)?B\\b").unwrap().replace_all(text, "0 B").into_owned();
    let figures = Regex::new("[0-9][0-9.]*").unwrap().replace_all(&sizes, "0").into_owned();
    let columns = Regex::new(" {2,}").unwrap().replace_all(&figures, "  ").into_owned();
    without_children(&columns)
}

/// The text with the first process of a list alone. Its child is `sleep`, or none, or on its way from one to the other: it
/// has the name of its parent, or a name in brackets.
fn without_children(text: &str) -> String {
    let mut is_in_list = false;
    let lines = text.split_inclusive('\n').filter(|line| {
        let is_process = line.starts_with("  root  ");
        let is_child = is_process && is_in_list;
        is_in_list = is_process;
        !is_child
    });
    lines.collect()
}

#[test]
fn a_process_that_comes_and_goes_is_no_difference() {
    let first = "web-0 on local\n  UID  PID  CMD\n  root  0  0  /bin/busybox sh -c trap\n";
    for child in ["", "/bin/busybox sleep 0", "/bin/busybox sh -c trap", "[busybox]", "[busybox] <defunct>"] {
        let more = if child.is_empty() { String::new() } else { format!("  root  0  0  {child}\n") };
        assert_eq!(without_children(&format!("{first}{more}$ maestro\n")), format!("{first}$ maestro\n"));
    }
}

/// Writes the files of a page and runs its commands.
fn does_what_it_says(site: &mut Site, name: &str) {
    let path = format!("{PAGES}/{name}");
    let page = fs::read_to_string(&path).unwrap();
    let (mut real, mut wrong) = (String::new(), Vec::new());
    let mut lines = page.lines();
    let mut file = "maestro.yaml";
    while let Some(line) = lines.next() {
        real.extend([line, "\n"]);
        if let Some(name) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) {
            file = name;
        }
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text: String = block.iter().flat_map(|line| [line, "\n"]).collect();
        if ["yaml", "dockerfile"].contains(&language) {
            fs::write(site.path().join(std::mem::replace(&mut file, "maestro.yaml")), &text).unwrap();
            real.push_str(&text);
        } else if language == "text" {
            // An example that no command prints here.
            real.push_str(&text);
        } else {
            let said = console(site, &block);
            let has_figures = block.iter().any(|line| FIGURES.iter().any(|begins| line.starts_with(begins)));
            let comparable = |text: &str| {
                let text = normal::text(text);
                let text = if has_figures { without_figures(&text) } else { text };
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                lines.sort();
                lines
            };
            if comparable(&said) == comparable(&text) {
                real.push_str(&text);
            } else {
                wrong.push(format!("it says:\n{text}but it is:\n{said}"));
                real.push_str(&said);
            }
        }
        real.push_str("```\n");
    }
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(path, real).unwrap();
    } else {
        assert!(wrong.is_empty(), "MAESTRO_UPDATE_DOCS=1 writes {path} anew\n{}", wrong.join("\n"));
    }
}

fn console(site: &Site, block: &[&str]) -> String {
    let mut real = String::new();
    let mut code = Some(0);
    let commands: Vec<&str> = block.iter().filter_map(|line| line.strip_prefix("$ ")).collect();
    for (at, command) in commands.iter().enumerate() {
        real.extend(["$ ", command, "\n"]);
        if *command == "echo $?" {
            real.extend([code.take().map_or_else(String::new, |code| code.to_string()), "\n".to_owned()]);
            continue;
        }
        if let Some(arguments) = command.strip_prefix("docker ") {
            site.docker(arguments);
            continue;
        }
        let arguments = command.strip_prefix("maestro ").expect("the page only uses maestro and docker");
        let said = Running::begin(site.command(arguments), true).end();
        code = said.code;
        let is_told = commands.get(at + 1) == Some(&"echo $?");
        // What is refused beforehand says so.
        let is_refused = code == Some(6) && said.text.contains("nothing was changed");
        assert!(is_told || is_refused || code == Some(0), "{command}: {}", said.text);
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        let told = site.told(&said.text).replace(&format!("ann@{}", host.trim()), "ann@box");
        real.extend([told.trim_end(), "\n"]);
    }
    real
}
