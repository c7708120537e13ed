//! A lab: ships with addresses of their own on this machine, made by `./lab`.

use std::{
    collections::BTreeMap,
    io::Write as _,
    ops::{Deref, DerefMut},
    path::Path,
    process::{Command, Stdio},
    sync::Once,
};

use super::{
    lock,
    site::{Said, Site},
};

/// The image that every ship of a lab has: busybox alone.
pub const IMAGE: &str = "lab/busybox:1";

const TAIL: &str = " | tail -n 1";

static LEFT_OUT: Once = Once::new();

/// A place where a user of a lab works, alone in it. What breaks in it is mended before and after.
///
/// In all that a test writes, `IP-OF-SHIP1` … stand for the addresses, which are as long.
pub struct Lab {
    name: String,
    /// What `./lab env` says.
    pub variables: BTreeMap<String, String>,
    site: Option<Site>,
}

impl Lab {
    /// The lab that `MAESTRO_TEST_LAB` names, with that file; `SHIPS` in it are the lab's, over plain TCP.
    pub fn with(yaml: &str) -> Option<Self> {
        let name = name()?;
        let turn = lock("lab");
        let variables = variables(&ask(&name, &["env"]));
        let mut lab = Self { name, variables, site: None };
        lab.command("mend");
        let ships: Vec<&str> = lab.variables["MAESTRO_LAB_SHIPS"].split(' ').collect();
        let address = |number: usize| lab.variables[&format!("MAESTRO_LAB_SHIP{number}")].clone();
        let addresses: Vec<String> = (1..=ships.len()).map(address).collect();
        let words = addresses.iter().enumerate();
        let words =
            words.map(|(index, address)| (format!("IP-OF-SHIP{}", index + 1), address.clone())).collect();
        let engines = addresses.iter().map(|address| format!("tcp://{address}:2375")).collect();
        let mut site = Site::on(engines, words, turn);
        site.write(&yaml.replace("SHIPS\n", &lab.file("tcp")));
        lab.site = Some(site);
        Some(lab)
    }

    /// The `ships:` section of a file for all ships, reached by `tcp`, `tls` or `ssh`.
    pub fn file(&self, transport: &str) -> String {
        ask(&self.name, &["file", transport])
    }

    /// Runs a command of `./lab` that has to succeed: `command("cut ship1")`.
    pub fn command(&self, arguments: &str) -> String {
        ask(&self.name, &arguments.split(' ').collect::<Vec<_>>())
    }

    /// A transcript of commands of the program and of the lab: `talk(&["./lab cut ship1", "start"])`. The warning that
    /// plain TCP is open to all is left out. Where steps of several ships may end in any order, `start | tail -n 1`
    /// shows the last line alone.
    pub fn talk(&self, commands: &[&str]) -> String {
        let one = |command: &&str| match command.strip_prefix("./lab ") {
            Some(arguments) => format!("$ {command}\n{}", self.command(arguments)),
            None if command.ends_with(TAIL) => {
                let said = self.run(command.trim_end_matches(TAIL));
                let last = said.text.lines().last().unwrap_or_default().to_owned();
                self.transcript_of(command, &Said { text: last, ..said })
            }
            None => without_warning(&self.transcript(command)),
        };
        commands.iter().map(one).collect::<Vec<_>>().join("\n")
    }
}

impl Deref for Lab {
    type Target = Site;

    fn deref(&self) -> &Site {
        self.site.as_ref().unwrap()
    }
}

impl DerefMut for Lab {
    fn deref_mut(&mut self) -> &mut Site {
        self.site.as_mut().unwrap()
    }
}

impl Drop for Lab {
    /// Mends first: the site is cleaned by engines that answer.
    fn drop(&mut self) {
        let mended = lab(&self.name, &["mend"]).output();
        if !std::thread::panicking() {
            assert!(mended.is_ok_and(|output| output.status.success()), "./lab mend");
        }
    }
}

fn without_warning(text: &str) -> String {
    let (before, rest) = text.split_once("warning[plain-tcp]").expect("a warning");
    let (_, after) = rest.split_once("1 warning in maestro.yaml\n").expect("its end");
    [before, after].concat()
}

fn name() -> Option<String> {
    let name = std::env::var("MAESTRO_TEST_LAB").ok();
    if name.is_none() {
        LEFT_OUT.call_once(|| {
            // Written past the test harness, which shows what a test prints only if it fails.
            let text = "left out: all tests that need a lab; scripts/lab-tests brings one (as root)";
            writeln!(std::io::stderr(), "{text}").ok();
        });
        println!("left out: needs a lab, scripts/lab-tests brings one");
    }
    name
}

fn lab(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("lab"));
    command.args(["--name", name]).args(arguments).stdin(Stdio::null());
    command
}

fn ask(name: &str, arguments: &[&str]) -> String {
    let output = lab(name, arguments).output().unwrap();
    assert!(output.status.success(), "./lab {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `export NAME=VALUE` lines say.
fn variables(lines: &str) -> BTreeMap<String, String> {
    let words = lines.lines().map(|line| shlex::split(line).unwrap().remove(1));
    words.map(|word| word.split_once('=').map(|(name, value)| (name.into(), value.into())).unwrap()).collect()
}
