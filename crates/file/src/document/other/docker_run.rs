//! `docker run` as a file of Maestro.

mod options;

use std::fmt::Write as _;

use crate::document::{ports::services, scalar::as_scalar};
use options::{ALWAYS_LISTS, FLAGS, HEALTH_CHECK, KEYS, LEFT_OUT, LISTS, NO_KEYS, NO_KEYS_WITH_VALUE, SHORT};

/// What a command line of `docker run` says.
#[derive(Default)]
struct Container {
    name: Option<String>,
    ports: Vec<String>,
    volumes: Vec<String>,
    env: Vec<(String, String)>,
    labels: Vec<(String, String)>,
    hosts: Vec<(String, String)>,
    log_options: Vec<(String, String)>,
    ulimits: Vec<(String, String)>,
    /// Keys of `healthcheck`, each with its value as YAML.
    health_check: Vec<(&'static str, String)>,
    /// Keys and their values, in the order of the words.
    keys: Vec<(&'static str, Vec<String>)>,
    left_out: Vec<String>,
    /// The first option that Docker does not have.
    unknown: Option<String>,
}

/// Why words are not those of `docker run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDockerRun {
    /// They name no image.
    NoImage,
    /// Docker has no such option.
    UnknownOption(String),
}

/// The file of a container that these words of `docker run` start, with or without `docker run` itself.
///
/// # Errors
/// If they name no image, or have an option that Docker does not have.
pub fn of_docker_run(words: &[String]) -> Result<String, NotDockerRun> {
    let is_program =
        |word: &String| ["$", "sudo", "docker", "podman", "container", "run"].contains(&word.as_str());
    let mut rest = words.iter().skip_while(|word| is_program(word)).map(String::as_str);
    let mut container = Container::default();
    let image = container.options(&mut rest);
    if let Some(option) = container.unknown {
        return Err(NotDockerRun::UnknownOption(option));
    }
    let command: Vec<&str> = rest.collect();
    Ok(container.written(image.ok_or(NotDockerRun::NoImage)?, &command))
}

impl Container {
    /// Takes all options: the image behind them.
    fn options<'w>(&mut self, rest: &mut impl Iterator<Item = &'w str>) -> Option<&'w str> {
        loop {
            let word = rest.next()?;
            match word.strip_prefix("--") {
                Some(_) => {
                    let (option, glued) =
                        word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
                    if !self.flag(option) {
                        self.take(option, glued.or_else(|| rest.next())?);
                    }
                }
                None if word.len() > 1 && word.starts_with('-') => self.short(word, rest)?,
                None => return Some(word),
            }
        }
    }

    /// Whether an option has no value.
    fn flag(&mut self, option: &str) -> bool {
        if let Some((_, key)) = FLAGS.iter().find(|(flag, _)| *flag == option) {
            self.keys.push((key, vec!["true".to_owned()]));
            return true;
        }
        match option {
            "--no-healthcheck" => self.health_check.push(("disable", "true".to_owned())),
            "--publish-all" => self.left_out.push(option.to_owned()),
            _ => return NO_KEYS.contains(&option),
        }
        true
    }

    /// `-it`, `-p 80:80`, `-p80:80`.
    fn short<'w>(&mut self, word: &'w str, rest: &mut impl Iterator<Item = &'w str>) -> Option<()> {
        for (at, letter) in word.char_indices().skip(1) {
            if let Some((_, option)) = SHORT.iter().find(|(short, _)| *short == letter) {
                let glued = word[at + letter.len_utf8()..].trim_start_matches('=');
                let value = if glued.is_empty() { rest.next()? } else { glued };
                self.take(option, value);
                return Some(());
            }
            match letter {
                'i' => self.keys.push(("stdin_open", vec!["true".to_owned()])),
                't' => self.keys.push(("tty", vec!["true".to_owned()])),
                'P' => self.left_out.push("--publish-all".to_owned()),
                _ => {}
            }
        }
        Some(())
    }

    fn take(&mut self, option: &str, value: &str) {
        let pair = |separator: char| {
            let (name, value) = value.split_once(separator).unwrap_or((value, ""));
            (name.to_owned(), value.to_owned())
        };
        let of = |keys: &[(&str, &'static str)]| {
            keys.iter().find(|(known, _)| *known == option).map(|(_, key)| *key)
        };
        match option {
            "--name" => self.name = Some(value.to_owned()),
            "--publish" => self.ports.push(value.to_owned()),
            "--volume" => self.volumes.push(value.to_owned()),
            "--env" if value.contains('=') => self.env.push(pair('=')),
            // It has its value where `docker run` is typed.
            "--env" => self.env.push((value.to_owned(), format!("{{{{ env.{value} }}}}"))),
            "--label" => self.labels.push(pair('=')),
            "--add-host" => self.hosts.push(pair(if value.contains('=') { '=' } else { ':' })),
            "--log-opt" => self.log_options.push(pair('=')),
            "--ulimit" => self.ulimits.push(pair('=')),
            "--mount" => self.mount(value),
            "--gpus" if value == "all" => self.keys.push(("gpus", vec!["all".to_owned()])),
            _ if NO_KEYS_WITH_VALUE.contains(&option) => {}
            _ => {
                if let Some(key) = of(&HEALTH_CHECK) {
                    self.health_check.push((key, as_scalar(value)));
                } else if let Some(key) = of(&KEYS) {
                    self.keys.push((key, vec![as_scalar(value)]));
                } else if let Some(key) = of(&LISTS) {
                    match self.keys.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, values)) => values.push(as_scalar(value)),
                        None => self.keys.push((key, vec![as_scalar(value)])),
                    }
                } else if LEFT_OUT.contains(&option) {
                    self.left_out.push(format!("{option} {value}"));
                } else if self.unknown.is_none() {
                    self.unknown = Some(option.to_owned());
                }
            }
        }
    }

    /// `type=bind,source=/srv,target=/data,readonly`.
    fn mount(&mut self, value: &str) {
        let (mut kind, mut source, mut target, mut read_only, mut is_plain) = ("volume", "", "", false, true);
        for part in value.split(',') {
            match part.split_once('=').unwrap_or((part, "true")) {
                ("type", word) => kind = word,
                ("source" | "src", word) => source = word,
                ("target" | "destination" | "dst", word) => target = word,
                ("readonly" | "ro", word) => read_only = matches!(word, "true" | "1"),
                _ => is_plain = false,
            }
        }
        let mode = if read_only { ":ro" } else { "" };
        match kind {
            "bind" | "volume" if is_plain && !target.is_empty() && !source.is_empty() => {
                self.volumes.push(format!("{source}:{target}{mode}"));
            }
            "volume" if is_plain && !target.is_empty() => self.volumes.push(target.to_owned()),
            "tmpfs" if is_plain && !target.is_empty() => self.take("--tmpfs", target),
            _ => self.left_out.push(format!("--mount {value}")),
        }
    }

    fn written(&self, image: &str, command: &[&str]) -> String {
        let base = image.rsplit('/').next().unwrap_or(image).split([':', '@']).next().unwrap_or("web");
        let name = self.name.as_deref().unwrap_or(base);
        let has_modes = self.volumes.iter().any(|volume| volume.matches(':').count() > 1);
        let header = if has_modes { "__maestro: {schema: 2}\n" } else { "" };
        let mut text = format!(
            "{header}name: {}\nservices:\n  {}:\n    image: {}\n",
            as_scalar(name),
            as_scalar(name),
            as_scalar(image)
        );
        if !command.is_empty() {
            let words: Vec<String> = command.iter().map(|word| as_scalar(word)).collect();
            let _ = writeln!(text, "    command: [{}]", words.join(", "));
        }
        let ports: Vec<(String, String)> = self.ports.iter().map(|port| published(port)).collect();
        section(&mut text, "ports", distinct(ports).into_iter());
        section(&mut text, "volumes", self.volumes.iter().filter_map(|volume| mounted(volume, has_modes)));
        let anonymous: Vec<String> =
            self.volumes.iter().filter(|volume| !volume.contains(':')).map(|path| as_scalar(path)).collect();
        if !anonymous.is_empty() {
            let _ = writeln!(text, "    container_volumes: [{}]", anonymous.join(", "));
        }
        for (key, pairs) in [
            ("env", &self.env),
            ("labels", &self.labels),
            ("extra_hosts", &self.hosts),
            ("log_opt", &self.log_options),
        ] {
            let quoted = |value: &String| serde_json::Value::from(value.as_str()).to_string();
            section(&mut text, key, pairs.iter().map(|(name, value)| (as_scalar(name), quoted(value))));
        }
        section(&mut text, "ulimits", self.ulimits.iter().map(|(name, ends)| (as_scalar(name), limit(ends))));
        let health_check = self.health_check.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        section(&mut text, "healthcheck", health_check);
        for (key, values) in &self.keys {
            let _ = match &values[..] {
                [only] if !ALWAYS_LISTS.contains(key) => writeln!(text, "    {key}: {only}"),
                several => writeln!(text, "    {key}: [{}]", several.join(", ")),
            };
        }
        for left_out in &self.left_out {
            let _ = writeln!(text, "    # left out: {left_out}");
        }
        let instance = if name.len() > 1 { name.to_owned() } else { format!("{name}-1") };
        text + &format!("    instances: {{{}: {{}}}}\n", as_scalar(&instance))
    }
}

/// `8080:80`, `127.0.0.1:8080:80/tcp` and `80` as an entry of `ports`.
fn published(port: &str) -> (String, String) {
    let sides: Vec<&str> = port.rsplitn(3, ':').collect();
    match sides[..] {
        [container, ship, address] => {
            let address = as_scalar(address.trim_matches(['[', ']']));
            let protocol = container.split_once('/').map(|(_, word)| format!("/{word}")).unwrap_or_default();
            let entry = format!("{{exposed: \"{container}\", external: [{address}, \"{ship}{protocol}\"]}}");
            (services::name_of(container), entry)
        }
        [container, ship] => {
            let protocol = container.split_once('/').map(|(_, word)| format!("/{word}")).unwrap_or_default();
            (services::name_of(container), format!("\"{container}:{ship}{protocol}\""))
        }
        _ => (services::name_of(port), as_scalar(port)),
    }
}

/// `1024:2048`, the soft limit and the hard one, as a value of `ulimits`.
fn limit(ends: &str) -> String {
    match ends.split_once(':') {
        Some((soft, hard)) => format!("{{soft: {soft}, hard: {hard}}}"),
        None => as_scalar(ends),
    }
}

/// Names that come twice get a number.
fn distinct(entries: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut named: Vec<(String, String)> = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        let same = named
            .iter()
            .filter(|(known, _)| *known == name || known.starts_with(&format!("{name}-")))
            .count();
        let name = if same == 0 { name } else { format!("{name}-{}", same + 1) };
        named.push((name, value));
    }
    named
}

/// `/srv:/data:ro` as an entry of `volumes`, in the order of the schema.
fn mounted(volume: &str, has_modes: bool) -> Option<(String, String)> {
    let mut sides = volume.split(':');
    let (ship, container, mode) = (sides.next()?, sides.next()?, sides.next());
    Some(match (has_modes, mode) {
        (false, _) => (as_scalar(container), as_scalar(ship)),
        (true, None) => (as_scalar(ship), as_scalar(container)),
        (true, Some(mode)) => {
            (as_scalar(ship), format!("{{target: {}, mode: {}}}", as_scalar(container), as_scalar(mode)))
        }
    })
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

    fn file(line: &str) -> Option<String> {
        of_docker_run(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn options_become_keys() {
        let line = "docker run -d --rm --name web -p 8080:80 -p 127.0.0.1:53:53/udp -v /srv:/data:ro -v /cache -e A=1 \
                    --restart=always -m 512m --cap-add NET_ADMIN --cap-add=SYS_TIME -it --gpus all nginx:1.27 nginx -g x";
        assert_eq!(
            file(line).unwrap(),
            "__maestro: {schema: 2}\nname: web\nservices:\n  web:\n    image: nginx:1.27\n    command: [nginx, -g, x]\n    \
             ports: {http: \"80:8080\", dns: {exposed: \"53/udp\", external: [127.0.0.1, \"53/udp\"]}}\n    \
             volumes: {/srv: {target: /data, mode: ro}}\n    container_volumes: [/cache]\n    env: {A: \"1\"}\n    \
             restart: always\n    mem_limit: 512m\n    cap_add: [NET_ADMIN, SYS_TIME]\n    stdin_open: true\n    tty: true\n    \
             gpus: all\n    instances: {web: {}}\n"
        );
    }

    #[test]
    fn options_of_every_kind_have_their_key() {
        let line = "-e HOME_OF --log-opt max-size=10m --ulimit nofile=1024:2048 --ulimit nproc=5 --health-cmd true \
                    --health-interval 5s --sysctl net.core.somaxconn=1 --mount type=bind,src=/a,dst=/b,readonly \
                    --mount type=tmpfs,target=/t --mount type=bind,src=/a,dst=/c,bind-propagation=shared --ip 1.2.3.4 \
                    --pull always --oom-kill-disable -P --cidfile x --add-host a=1.2.3.4 --gpus 2 nginx";
        insta::assert_snapshot!(file(line).unwrap(), @r#"
        __maestro: {schema: 2}
        name: nginx
        services:
          nginx:
            image: nginx
            volumes: {/a: {target: /b, mode: ro}}
            env: {HOME_OF: "{{ env.HOME_OF }}"}
            extra_hosts: {a: "1.2.3.4"}
            log_opt: {max-size: "10m"}
            ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: "5"}
            healthcheck: {test: "true", interval: 5s}
            sysctls: [net.core.somaxconn=1]
            tmpfs: /t
            pull_policy: always
            oom_kill_disable: true
            # left out: --mount type=bind,src=/a,dst=/c,bind-propagation=shared
            # left out: --ip 1.2.3.4
            # left out: --publish-all
            # left out: --gpus 2
            instances: {nginx: {}}
        "#);
        let disabled = file("--no-healthcheck nginx").unwrap();
        assert!(disabled.contains("    healthcheck: {disable: true}\n"), "{disabled}");
    }

    #[test]
    fn the_image_is_the_first_word_that_is_no_option() {
        assert_eq!(
            file("nginx").unwrap(),
            "name: nginx\nservices:\n  nginx:\n    image: nginx\n    instances: {nginx: {}}\n"
        );
        assert_eq!(file("docker run -d"), None);
        let words = ["--frob", "x", "nginx"].map(str::to_owned);
        assert_eq!(of_docker_run(&words), Err(NotDockerRun::UnknownOption("--frob".into())));
        assert_eq!(file(""), None);
    }
}
