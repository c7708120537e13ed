//! `docker run` as a file of Maestro.

use std::fmt::Write as _;

use crate::document::{ports::services, scalar::as_scalar};

/// What a command line of `docker run` says.
#[derive(Default)]
struct Container {
    name: Option<String>,
    ports: Vec<String>,
    volumes: Vec<String>,
    env: Vec<(String, String)>,
    labels: Vec<(String, String)>,
    hosts: Vec<(String, String)>,
    /// Keys and their values, in the order of the words.
    keys: Vec<(&'static str, Vec<String>)>,
    left_out: Vec<String>,
}

/// Options without a value that a file has a key for.
const FLAGS: [(&str, &str); 5] = [
    ("--init", "init"),
    ("--privileged", "privileged"),
    ("--read-only", "read_only"),
    ("--interactive", "stdin_open"),
    ("--tty", "tty"),
];

/// Options without a value that say how the command runs, not the container.
const NO_KEYS: [&str; 4] = ["--detach", "--rm", "--quiet", "--help"];

/// Options with one value, by their key.
const KEYS: [(&str, &str); 20] = [
    ("--network", "net"),
    ("--net", "net"),
    ("--restart", "restart"),
    ("--user", "username"),
    ("--workdir", "workdir"),
    ("--memory", "mem_limit"),
    ("--memory-swap", "memswap_limit"),
    ("--cpus", "cpus"),
    ("--cpu-shares", "cpu_shares"),
    ("--cpuset-cpus", "cpuset"),
    ("--hostname", "hostname"),
    ("--entrypoint", "entrypoint"),
    ("--shm-size", "shm_size"),
    ("--pids-limit", "pids_limit"),
    ("--stop-signal", "stop_signal"),
    ("--stop-timeout", "stop_timeout"),
    ("--log-driver", "log_driver"),
    ("--pid", "pid"),
    ("--ipc", "ipc"),
    ("--runtime", "runtime"),
];

/// Options that may come several times, by their key.
const LISTS: [(&str, &str); 9] = [
    ("--env-file", "envfile"),
    ("--cap-add", "cap_add"),
    ("--cap-drop", "cap_drop"),
    ("--dns", "dns"),
    ("--security-opt", "security_opt"),
    ("--tmpfs", "tmpfs"),
    ("--device", "devices"),
    ("--group-add", "group_add"),
    ("--volumes-from", "volumes_from"),
];

/// Short options with a value.
const SHORT: [(char, &str); 9] = [
    ('p', "--publish"),
    ('v', "--volume"),
    ('e', "--env"),
    ('u', "--user"),
    ('w', "--workdir"),
    ('m', "--memory"),
    ('h', "--hostname"),
    ('l', "--label"),
    ('c', "--cpu-shares"),
];

/// The file of a container that these words of `docker run` start, with or without `docker run` itself. None if they name no
/// image.
#[must_use]
pub fn of_docker_run(words: &[String]) -> Option<String> {
    let is_program =
        |word: &String| ["$", "sudo", "docker", "podman", "container", "run"].contains(&word.as_str());
    let mut rest = words.iter().skip_while(|word| is_program(word)).map(String::as_str);
    let mut container = Container::default();
    let image = loop {
        let word = rest.next()?;
        match word.strip_prefix("--") {
            Some(_) => {
                let (option, glued) =
                    word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
                if !container.flag(option) {
                    container.take(option, glued.or_else(|| rest.next())?);
                }
            }
            None if word.len() > 1 && word.starts_with('-') => container.short(word, &mut rest)?,
            None => break word,
        }
    };
    let command: Vec<&str> = rest.collect();
    Some(container.written(image, &command))
}

impl Container {
    /// Whether an option has no value.
    fn flag(&mut self, option: &str) -> bool {
        if let Some((_, key)) = FLAGS.iter().find(|(flag, _)| *flag == option) {
            self.keys.push((key, vec!["true".to_owned()]));
            return true;
        }
        NO_KEYS.contains(&option)
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
            "--label" => self.labels.push(pair('=')),
            "--add-host" => self.hosts.push(pair(':')),
            _ => match (of(&KEYS), of(&LISTS)) {
                (Some(key), _) => self.keys.push((key, vec![as_scalar(value)])),
                (None, Some(key)) => match self.keys.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, values)) => values.push(as_scalar(value)),
                    None => self.keys.push((key, vec![as_scalar(value)])),
                },
                (None, None) => self.left_out.push(format!("{option} {value}")),
            },
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
        for (key, pairs) in [("env", &self.env), ("labels", &self.labels), ("extra_hosts", &self.hosts)] {
            let quoted = |value: &String| serde_json::Value::from(value.as_str()).to_string();
            section(&mut text, key, pairs.iter().map(|(name, value)| (as_scalar(name), quoted(value))));
        }
        for (key, values) in &self.keys {
            let _ = match &values[..] {
                [only] => writeln!(text, "    {key}: {only}"),
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
        of_docker_run(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
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
             # left out: --gpus all\n    instances: {web: {}}\n"
        );
    }

    #[test]
    fn the_image_is_the_first_word_that_is_no_option() {
        assert_eq!(
            file("nginx").unwrap(),
            "name: nginx\nservices:\n  nginx:\n    image: nginx\n    instances: {nginx: {}}\n"
        );
        assert_eq!(file("docker run -d"), None);
        assert_eq!(file(""), None);
    }
}
