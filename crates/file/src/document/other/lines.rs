//! Files that are no YAML: of Docker, of shells, INI and TOML.

use std::fmt::Write as _;

use super::found::OtherFile;
use crate::document::{ports::services, scalar::as_scalar};

/// Instructions of a Dockerfile.
const INSTRUCTIONS: &[&str] = &[
    "FROM",
    "ARG",
    "RUN",
    "CMD",
    "COPY",
    "ADD",
    "ENV",
    "EXPOSE",
    "ENTRYPOINT",
    "WORKDIR",
    "USER",
    "VOLUME",
    "LABEL",
];

/// What a text is by its lines. None if that cannot be told.
pub(super) fn recognise(text: &str) -> Option<OtherFile> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let code: Vec<&str> = lines.iter().copied().filter(|line| !line.starts_with(['#', ';'])).collect();
    let first = *code.first()?;
    let word = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let command = first.trim_start_matches("$ ").trim_start_matches("sudo ");
    if command.starts_with("docker run ") || command.starts_with("podman run ") {
        return Some(run(&code));
    }
    if INSTRUCTIONS[..2].contains(&word(first).as_str()) && code.iter().any(|line| word(line) == "FROM") {
        return Some(OtherFile {
            what: "a Dockerfile",
            words: "a Dockerfile says how an image is made; a file of Maestro says where containers of an image run",
            help: "make the image with `docker build -t NAME:TAG .`, push it, and name it in `image` of a service".to_owned(),
            written: None,
        });
    }
    let is_variable = |line: &&str| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        })
    };
    if code.iter().all(is_variable) {
        return Some(OtherFile {
            what: "a file of environment variables",
            words: "`envfile: FILE` of an instance or a service gives its variables to a container",
            help: "name another file with `-f FILE`; a file of Maestro begins with `name: my-environment`"
                .to_owned(),
            written: None,
        });
    }
    let is_section = |line: &&str| line.starts_with('[') && line.trim_end_matches(' ').ends_with(']');
    let is_pair = |line: &&str| is_section(line) || line.contains('=');
    if code.iter().any(is_section) && code.iter().all(is_pair) {
        let is_toml =
            code.iter().any(|line| line.contains(" = \"") || line.contains("= [") || line.starts_with("[["));
        return Some(OtherFile {
            what: if is_toml { "TOML" } else { "an INI file" },
            words: "a file of Maestro is YAML: for `[section]` it has `section:`, and below it, indented, a `:` for each `=`",
            help: "name another file with `-f FILE`, or write it as YAML: `name: my-environment`, then `services:`".to_owned(),
            written: None,
        });
    }
    None
}

/// What a command line of `docker run` says.
#[derive(Default)]
struct Container {
    name: Option<String>,
    ports: Vec<String>,
    volumes: Vec<String>,
    env: Vec<String>,
    keys: Vec<(&'static str, String)>,
    left_out: Vec<String>,
}

/// `docker run`, as a file.
fn run(lines: &[&str]) -> OtherFile {
    let joined = lines.iter().map(|line| line.trim_end_matches('\\').trim()).collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = joined.split_whitespace().collect();
    let start = words.iter().position(|word| *word == "run").map_or(words.len(), |at| at + 1);
    let written = container(&words[start..]);
    OtherFile {
        what: "a command line of Docker",
        words: "`-p SHIP:CONTAINER` is `ports: {NAME: \"CONTAINER:SHIP\"}`, `-v` is `volumes`, `-e` is `env`, `--name` the name of an instance",
        help: "write a service with this image, and an instance of its own for each container".to_owned(),
        written,
    }
}

fn container(words: &[&str]) -> Option<String> {
    let mut container = Container::default();
    let mut rest = words.iter();
    let mut image = None;
    while let Some(word) = rest.next() {
        let word = word.trim_matches(['"', '\'']);
        if !word.starts_with('-') {
            image = Some(word);
            break;
        }
        let (flag, glued) = word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
        if FLAGS.contains(&flag) || flag.len() > 2 && !flag.starts_with("--") {
            continue;
        }
        let value = glued.or_else(|| rest.next().copied())?.trim_matches(['"', '\'']).to_owned();
        container.take(flag, value);
    }
    let command: Vec<&str> = rest.copied().collect();
    Some(container.written(image?, &command))
}

/// Options of `docker run` without a value.
const FLAGS: &[&str] = &[
    "-d",
    "--detach",
    "--rm",
    "-i",
    "--interactive",
    "-t",
    "--tty",
    "-it",
    "--init",
    "--privileged",
    "--read-only",
];

impl Container {
    fn take(&mut self, flag: &str, value: String) {
        match flag {
            "--name" => self.name = Some(value),
            "-p" | "--publish" => self.ports.push(value),
            "-v" | "--volume" => self.volumes.push(value),
            "-e" | "--env" => self.env.push(value),
            "--env-file" => self.keys.push(("envfile", as_scalar(&value))),
            "--network" | "--net" => self.keys.push(("net", as_scalar(&value))),
            "--restart" => self.keys.push(("restart", as_scalar(&value))),
            "-u" | "--user" => self.keys.push(("username", as_scalar(&value))),
            "-w" | "--workdir" => self.keys.push(("workdir", as_scalar(&value))),
            "-m" | "--memory" => self.keys.push(("limits", format!("{{memory: {value}}}"))),
            "--cap-add" => self.keys.push(("cap_add", as_scalar(&value))),
            _ => self.left_out.push(format!("{flag} {value}")),
        }
    }

    fn written(&self, image: &str, command: &[&str]) -> String {
        let base = image.rsplit('/').next().unwrap_or(image).split([':', '@']).next().unwrap_or("web");
        let name = self.name.as_deref().unwrap_or(base);
        let mut text = format!(
            "name: {}\nservices:\n  {}:\n    image: {}\n",
            as_scalar(name),
            as_scalar(name),
            as_scalar(image)
        );
        if !command.is_empty() {
            let _ = writeln!(text, "    command: {}", as_scalar(&command.join(" ")));
        }
        let ports = self.ports.iter().map(|port| match port.split_once(':') {
            Some((ship, container)) => (services::name_of(container), format!("\"{container}:{ship}\"")),
            None => (services::name_of(port), port.clone()),
        });
        let volumes = self.volumes.iter().filter_map(|volume| {
            let mut sides = volume.split(':');
            let ship = sides.next()?;
            Some((as_scalar(sides.next()?), as_scalar(ship)))
        });
        let env = self.env.iter().filter_map(|env| env.split_once('='));
        let env = env.map(|(name, value)| (as_scalar(name), serde_json::Value::from(value).to_string()));
        section(&mut text, "ports", ports);
        section(&mut text, "volumes", volumes);
        section(&mut text, "env", env);
        for (key, value) in &self.keys {
            let _ = writeln!(text, "    {key}: {value}");
        }
        for left_out in &self.left_out {
            let _ = writeln!(text, "    # left out: {left_out}");
        }
        let instance = if name.len() > 1 { name.to_owned() } else { format!("{name}-1") };
        text + &format!("    instances: {{{}: {{}}}}\n", as_scalar(&instance))
    }
}

fn section(text: &mut String, key: &str, entries: impl Iterator<Item = (String, String)>) {
    let entries: Vec<String> = entries.map(|(name, value)| format!("{name}: {value}")).collect();
    if !entries.is_empty() {
        let _ = writeln!(text, "    {key}: {{{}}}", entries.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_lines() {
        for (text, what) in [
            ("# web\nFROM nginx:1.27\nCOPY . /srv\n", Some("a Dockerfile")),
            ("ARG V=1\nFROM nginx:$V\n", Some("a Dockerfile")),
            ("A=1\n# b\nexport B=\"2\"\n", Some("a file of environment variables")),
            ("[web]\nimage = \"nginx\"\n", Some("TOML")),
            ("[web]\nimage=nginx\n; more\n", Some("an INI file")),
            ("docker run -d nginx\n", Some("a command line of Docker")),
            ("name: shop\n", None),
            ("name=shop: a\nservices\n", None),
            ("", None),
        ] {
            assert_eq!(recognise(text).map(|found| found.what), what, "{text}");
        }
    }

    #[test]
    fn docker_run_becomes_a_file() {
        let line = "docker run -d --rm --name web -p 8080:80 -v /srv:/data:ro -e A=1 --restart=always -m 512m \\\n  --gpus all nginx:1.27 nginx -g x\n";
        let lines: Vec<&str> = line.lines().collect();
        assert_eq!(
            run(&lines).written.unwrap(),
            "name: web\nservices:\n  web:\n    image: nginx:1.27\n    command: nginx -g x\n    ports: {http: \"80:8080\"}\n    \
             volumes: {/data: /srv}\n    env: {A: \"1\"}\n    restart: always\n    limits: {memory: 512m}\n    \
             # left out: --gpus all\n    instances: {web: {}}\n"
        );
    }
}
