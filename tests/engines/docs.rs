//! The tutorial's page does what it says: its YAML is that of the stages, its commands are run, and what they print is
//! what stands there. `MAESTRO_UPDATE_DOCS=1` writes what they print into the page.

use std::fs;

use crate::{
    support::{
        normal,
        site::{Running, Site},
    },
    tutorial::{page, project, site},
};

const PAGE: &str = "docs/tutorial.md";
const HELP: &str = "run this test with MAESTRO_UPDATE_DOCS=1 if it should stand so";

#[test]
#[ignore = "needs an engine"]
fn the_tutorial_is_as_it_says() {
    let mut site = site();
    let page = fs::read_to_string(project(PAGE)).unwrap();
    let mut reader = Reader { file: String::new(), comment: String::new(), wrong: Vec::new() };
    let mut real = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        real.push_str(line);
        real.push('\n');
        let Some(language) = line.strip_prefix("```").filter(|language| !language.is_empty()) else {
            if line.starts_with("<!-- ") {
                line.clone_into(&mut reader.comment);
            }
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        real.push_str(&reader.block(&mut site, language, &block));
        real.push_str("```\n");
    }
    if std::env::var_os("MAESTRO_UPDATE_DOCS").is_some() {
        fs::write(project(PAGE), real).unwrap();
    } else {
        assert!(reader.wrong.is_empty(), "{HELP}\n{}", reader.wrong.join("\n"));
    }
}

/// Somebody who does what the page tells.
struct Reader {
    /// What `maestro.yaml` says so far.
    file: String,
    /// The last comment in the page, which names the file of the next block.
    comment: String,
    /// Blocks that are not as they should be.
    wrong: Vec<String>,
}

impl Reader {
    /// Does what a block says, and tells what it should say.
    fn block(&mut self, site: &mut Site, language: &str, block: &[&str]) -> String {
        let text: String = block.iter().flat_map(|line| [line, "\n"]).collect();
        match language {
            "sh" => prepare(site, &text),
            "yaml" => self.yaml(site, &text),
            "console" => return self.console(site, block, text),
            other => panic!("a block of {other} in {PAGE}"),
        }
        text
    }

    fn yaml(&mut self, site: &mut Site, text: &str) {
        let comment = self.comment.trim_start_matches("<!-- ").trim_end_matches(" -->");
        let (how, stage) = comment.split_once(": ").expect("each block of YAML is some file's");
        match how {
            "file" => text.clone_into(&mut self.file),
            "added by" => self.file.push_str(text),
            other => panic!("a comment `{other}` in {PAGE}"),
        }
        assert_eq!(self.file, fs::read_to_string(project(stage)).unwrap(), "{PAGE} up to {stage}");
        site.write(&self.file);
    }

    fn console(&mut self, site: &Site, block: &[&str], text: String) -> String {
        let mut real = String::new();
        for line in block {
            if let Some(command) = line.strip_prefix("$ ") {
                real.extend([line, "\n", said(site, command).trim_end(), "\n"]);
            }
        }
        if comparable(&real) == comparable(&text) {
            return text;
        }
        self.wrong.push(format!("{PAGE} says:\n{text}but it is:\n{real}"));
        real
    }
}

/// Without times and ids; what happens at the same time may be told in any order.
fn comparable(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = normal::text(text).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What is to be done before one starts; `~` is the site's folder.
fn prepare(site: &mut Site, script: &str) {
    let script = format!("cd {}\n{script}", project("").display());
    let output = site.program("sh", &["-euc".to_owned(), script]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let data = site.path().join("node_data");
    site.set("NODE_DATA", data.to_str().unwrap());
}

fn said(site: &Site, command: &str) -> String {
    if let Some(port) = command.strip_prefix("curl -s localhost:") {
        return page(port.parse().unwrap());
    }
    let arguments = command.strip_prefix("maestro ").expect("the page only uses maestro and curl");
    let said = Running::begin(site.command(arguments), true).end();
    assert_eq!(said.code, Some(0), "{command}: {}", said.text);
    site.told(&said.text)
}
