//! Files that are no YAML: of Docker, of shells, INI and TOML.

use super::{docker_run::of_docker_run, found::OtherFile};
use crate::document::settings::command::split;

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

/// `docker run`, as a file.
fn run(lines: &[&str]) -> OtherFile {
    let joined = lines.iter().map(|line| line.trim_end_matches('\\').trim()).collect::<Vec<_>>().join(" ");
    let words = split(&joined).unwrap_or_default();
    OtherFile {
        what: "a command line of Docker",
        words: "`-p SHIP:CONTAINER` is `ports: {NAME: \"CONTAINER:SHIP\"}`, `-v` is `volumes`, `-e` is `env`, `--name` the name of an instance",
        help: "write a service with this image, and an instance of its own for each container".to_owned(),
        written: of_docker_run(&words).ok(),
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
}
