//! A lab: ships with addresses of their own on this machine, made by `./lab`.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    io::Write as _,
    ops::{Deref, DerefMut},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use super::{
    lock,
    site::{Said, Site, until},
};

/// The image that every ship of a lab has: busybox alone.
pub const IMAGE: &str = "lab/busybox:1";

const TAIL: &str = " | tail -n 1";

/// A place where a user of a lab works, alone in it. What breaks in it is mended before and after.
///
/// In all that a test writes, `IP-OF-SHIP1` … and `IP-OF-REGI` stand for the addresses, which are as long, and
/// `LAB-FOLDER` for where the lab's files are.
pub struct Lab {
    name: String,
    /// What `./lab env` says.
    pub variables: BTreeMap<String, String>,
    site: Option<Site>,
}

impl Lab {
    /// The lab that `MAESTRO_TEST_LAB` names, with that file; `SHIPS` in it are the lab's, over plain TCP.
    pub fn with(yaml: &str) -> Self {
        Self::over("tcp", yaml)
    }

    /// As [`Self::with`], but the ships are reached by `tcp`, `tls` or `ssh`.
    pub fn over(transport: &str, yaml: &str) -> Self {
        let name = name();
        let turn = lock("lab");
        let variables = variables(&ask(&name, &["env"]));
        let mut lab = Self { name, variables, site: None };
        lab.command("mend");
        let ships: Vec<&str> = lab.variables["MAESTRO_LAB_SHIPS"].split(' ').collect();
        let address = |number: usize| lab.variables[&format!("MAESTRO_LAB_SHIP{number}")].clone();
        let addresses: Vec<String> = (1..=ships.len()).map(address).collect();
        let words = addresses.iter().enumerate();
        let mut words: Vec<(String, String)> =
            words.map(|(index, address)| (format!("IP-OF-SHIP{}", index + 1), address.clone())).collect();
        let (registry, _) = lab.variables["MAESTRO_LAB_REGISTRY"].split_once(':').unwrap();
        words.push(("IP-OF-REGI".to_owned(), registry.to_owned()));
        words.push(("LAB-FOLDER".to_owned(), lab.variables["MAESTRO_LAB_FOLDER"].clone()));
        let engines = addresses.iter().map(|address| format!("tcp://{address}:2375")).collect();
        let mut site = Site::on(engines, words, turn);
        site.write(&yaml.replace("SHIPS\n", &lab.file(transport)));
        lab.site = Some(site);
        let configuration = lab.variables["MAESTRO_LAB_SSH_CONFIG"].clone();
        lab.use_ssh(Path::new(&configuration));
        lab
    }

    /// `ssh` reads that configuration from now on. It does not look for one in `HOME`, but in the home directory that
    /// the system knows.
    pub fn use_ssh(&mut self, configuration: &Path) {
        let bin = self.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        let text = format!("#!/bin/sh\nexec /usr/bin/ssh -F '{}' \"$@\"\n", configuration.display());
        fs::write(bin.join("ssh"), text).unwrap();
        fs::set_permissions(bin.join("ssh"), Permissions::from_mode(0o755)).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_maestro")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{}:{path}", bin.display(), program.display());
        self.set("PATH", &path);
        let kept = self.path().join("tmp");
        fs::create_dir_all(&kept).unwrap();
        self.set("TMPDIR", kept.to_str().unwrap());
    }

    /// How often somebody has logged in on that ship.
    pub fn logins(&self, ship: &str) -> usize {
        let log = Path::new(&self.variables["MAESTRO_LAB_FOLDER"]).join(ship).join("sshd.log");
        fs::read_to_string(log).unwrap().matches("Accepted publickey").count()
    }

    /// Waits until no `ssh` to a ship runs any more, nor is anything of one left.
    pub fn no_ssh_is_left(&self) {
        let folders = [self.variables["MAESTRO_LAB_FOLDER"].clone(), self.path().display().to_string()];
        until("an SSH connection still exists", || {
            let mut processes = fs::read_dir("/proc").unwrap().flatten();
            let is_ours = |line: &str| {
                line.starts_with("/usr/bin/ssh\0")
                    && folders.iter().any(|folder| line.contains(folder.as_str()))
            };
            let line = |process: &fs::DirEntry| fs::read_to_string(process.path().join("cmdline")).ok();
            (!processes.any(|process| line(&process).is_some_and(|line| is_ours(&line)))).then_some(())
        });
        let kept: Vec<_> = fs::read_dir(self.path().join("tmp")).unwrap().flatten().collect();
        assert!(kept.is_empty(), "{kept:?}");
    }

    /// What is of the environment on all ships: containers and networks, a line each.
    pub fn things(&self) -> Vec<String> {
        let filter = format!("label=maestro.environment={}", self.environment);
        let lists: [&[&str]; 2] =
            [&["ps", "-a", "--format", "{{.Names}}"], &["network", "ls", "--format", "{{.Name}}"]];
        let mut things = Vec::new();
        for (ship, engine) in self.engines.iter().enumerate() {
            for list in lists {
                let words = [list, &["--filter", &filter]].concat();
                let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
                let output = self.program("docker", &words).env("DOCKER_HOST", engine).output().unwrap();
                assert!(output.status.success(), "docker {words:?}: {output:?}");
                let names = String::from_utf8(output.stdout).unwrap();
                things.extend(names.lines().map(|name| format!("ship{}: {}", ship + 1, self.told(name))));
            }
        }
        things
    }

    /// Runs Docker's own command on that ship's engine, the first being 1. It has to succeed.
    pub fn docker_on(&self, ship: usize, arguments: &[&str], input: &str) -> String {
        let mut command = self.docker_command(ship, arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "docker {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The program, about to be run: [`Site::command`], whose name is the lab's here.
    pub fn maestro(&self, arguments: &str) -> Command {
        Site::command(self, arguments)
    }

    /// Docker's own command for that ship's engine. The classic builder is on every engine.
    pub fn docker_command(&self, ship: usize, arguments: &[&str]) -> Command {
        let words: Vec<String> = arguments.iter().map(|word| self.real(word)).collect();
        let mut command = self.program("docker", &words);
        command.env("DOCKER_HOST", &self.engines[ship - 1]).env("DOCKER_BUILDKIT", "0");
        command
    }

    /// The `ships:` section of a file for all ships, reached by `tcp`, `tls` or `ssh`.
    pub fn file(&self, transport: &str) -> String {
        ask(&self.name, &["file", transport])
    }

    /// Runs a command of `./lab` that has to succeed: `command("cut ship1")`.
    pub fn command(&self, arguments: &str) -> String {
        ask(&self.name, &arguments.split(' ').collect::<Vec<_>>())
    }

    /// A command of `./lab`, about to be run.
    pub fn command_of_lab(&self, arguments: &str) -> Command {
        lab(&self.name, &arguments.split(' ').collect::<Vec<_>>())
    }

    /// A transcript of commands of the program and of the lab: `talk(&["./lab cut ship1", "start"])`. The warning that
    /// plain TCP is open to all is left out, where there is one. Where steps of several ships may end in any order, `start | tail -n 1`
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

/// The text without the warning that plain TCP is open to all, if it has one.
pub fn without_warning(text: &str) -> String {
    let Some((before, rest)) = text.split_once("warning[plain-tcp]") else { return text.to_owned() };
    let end = rest.split_once("1 warning in ").and_then(|(_, end)| end.split_once('\n'));
    let (_, after) = end.expect("its end");
    [before, after].concat()
}

fn name() -> String {
    std::env::var("MAESTRO_TEST_LAB").expect("MAESTRO_TEST_LAB names a lab; scripts/lab-tests brings one up")
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
