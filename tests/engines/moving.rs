//! `docs/from-maestro-ng.md` does what it says: an environment that `MaestroNG` has started is taken over.
//! `MAESTRO_UPDATE_DOCS=1` writes what its commands print into the page.

use std::fs;

use crate::{
    failures::RUNS,
    support::{
        IMAGE, normal,
        site::{Running, Site},
    },
    tutorial::project,
};

const PAGE: &str = "docs/from-maestro-ng.md";

/// A container as `MaestroNG` leaves it: with the instance's name, and without a mark.
fn left_by_maestro_ng(site: &mut Site) {
    site.docker(&format!("tag {IMAGE} shop-web:1"));
    site.strangers.push("web-1".to_owned());
    let removed = site.program("docker", &["rm", "-f", "web-1"].map(String::from)).output().unwrap();
    drop(removed);
    let words =
        ["run", "-d", "--name", "web-1", "-p", "18080:80", "shop-web:1", "/bin/busybox", "sh", "-c", RUNS];
    let run = site.program("docker", &words.map(String::from)).output().unwrap();
    assert!(run.status.success(), "{run:?}");
}

#[test]
#[ignore = "needs an engine"]
fn the_page_on_moving_is_as_it_says() {
    let mut site = Site::fixed("shop", "guide");
    left_by_maestro_ng(&mut site);
    let page = fs::read_to_string(project(PAGE)).unwrap();
    let mut real = String::new();
    let mut wrong = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        real = format!("{real}{line}\n");
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text: String = block.iter().flat_map(|line| [line, "\n"]).collect();
        let is = match language {
            "yaml" => {
                // The page's image is an application; the test's has to be told what to run.
                let command = format!("image: shop-web:1\n    command: [/bin/busybox, sh, -c, \"{RUNS}\"]");
                let socket = site.socket().display().to_string();
                let yaml =
                    text.replace("image: shop-web:1", &command).replace("/var/run/docker.sock", &socket);
                site.write(&yaml);
                text.clone()
            }
            "console" => {
                block.iter().filter(|line| line.starts_with("$ ")).map(|line| said(&site, line)).collect()
            }
            other => panic!("a block of {other}"),
        };
        if comparable(&is) == comparable(&text) {
            real.push_str(&text);
        } else {
            wrong.push(format!("{PAGE} says:\n{text}but it is:\n{is}"));
            real.push_str(&is);
        }
        real.push_str("```\n");
    }
    site.succeed("kill");
    site.succeed("clean");
    site.docker("image rm shop-web:1");
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(project(PAGE), real).unwrap();
    } else {
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Without times and ids; what happens at the same time may be told in any order.
fn comparable(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = normal::text(text).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// A command of the page and what it says.
fn said(site: &Site, line: &str) -> String {
    let command = line.trim_start_matches("$ ");
    let said = Running::begin(site.program("sh", &["-c".to_owned(), command.to_owned()]), true).end();
    assert_eq!(said.code, Some(0), "{command}: {}", said.text);
    let text = site.told(&said.text);
    if text.trim().is_empty() { format!("{line}\n") } else { format!("{line}\n{}\n", text.trim_end()) }
}
