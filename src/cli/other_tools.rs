//! Commands and options of Docker, Compose, Kubernetes and other tools, and what does the same here.

use clap::error::{ContextKind, ErrorKind};

use super::words::WITH_VALUE;

/// Words with which people call other tools in front of a command: `maestro compose up`.
const TOOLS: [&str; 6] = ["docker", "compose", "docker-compose", "podman", "kubectl", "helm"];

/// Commands of other tools, of one or several words, each with the tool and what does the same here.
pub(super) const COMMANDS: &[(&str, &str, &str)] = &[
    // Compose and Docker.
    ("compose", "create", "`maestro start` creates and starts"),
    ("compose", "port", "`maestro inspect INSTANCE` shows ports, `maestro status -F` those of all"),
    ("compose", "convert", "`maestro config` prints the resolved file"),
    ("compose", "version", "`maestro --version`"),
    ("compose", "publish", "Maestro publishes nothing; `maestro config` prints the resolved file"),
    ("compose", "volumes", "`maestro volume ls`"),
    ("compose", "ls", "`maestro status`"),
    ("compose", "bridge", "`maestro import` writes a Compose project as a file of Maestro"),
    ("docker", "commit", "`build` of the service in the file makes an image that can be made again"),
    ("docker", "export", "`maestro cp INSTANCE:/ -` writes the files of a container as a tar stream"),
    ("docker", "container ls", "`maestro status`"),
    ("docker", "container", "`maestro status`, `start`, `stop`, `restart`, `logs` with the instance's name"),
    ("docker", "image", "`maestro images` shows what instances run; `maestro pull` pulls the file's images"),
    ("docker", "rmi", "`maestro clean --images` removes images that the environment does not need any more"),
    ("docker", "info", "`maestro status` shows each ship that is unreachable"),
    ("docker", "volume create", "`maestro apply` creates the volumes of the file"),
    ("docker", "volume inspect", "`maestro --output json volume ls`"),
    ("docker", "volume prune", "`maestro clean --volumes` removes left anonymous volumes"),
    ("docker", "network", "`docker network` on the ship; Maestro makes and removes its own networks"),
    ("docker", "system prune", "`maestro clean` removes this environment's stopped containers"),
    ("docker", "system", "`docker system` on the ship"),
    ("docker", "prune", "`maestro apply --prune` removes orphans, `maestro clean` stopped containers"),
    ("docker", "login", "`docker login REGISTRY`: Maestro uses its logins"),
    ("docker", "logout", "`docker logout REGISTRY`: Maestro uses its logins"),
    ("docker", "rename", "rename the instance in the file, then `maestro apply --prune`"),
    ("docker", "update", "change the file, then `maestro apply`"),
    ("docker", "context", "`context: NAME` on a ship of the file"),
    ("docker", "stack deploy", "`maestro apply`"),
    ("docker", "stack", "one file is one environment: `maestro -f FILE apply`"),
    ("docker", "service update", "change the file, then `maestro apply`"),
    ("docker", "service rollback", "`maestro rollback`"),
    ("docker", "service ls", "`maestro status`"),
    ("docker", "service", "`maestro status`, `apply`, `logs` with the service's name"),
    ("docker", "swarm", "`ships` in the file lists hosts; no cluster is set up"),
    ("docker", "node", "`ships` in the file lists hosts; `maestro status` shows them"),
    ("docker", "diff", "`maestro diff`"),
    // Kubernetes.
    ("kubectl", "get pods", "`maestro status`"),
    ("kubectl", "get services", "`maestro deptree` or `maestro status`"),
    ("kubectl", "get deployments", "`maestro status`"),
    ("kubectl", "get nodes", "`maestro status` shows the ships"),
    ("kubectl", "get events", "`maestro history` lists revisions, `maestro why INSTANCE` explains a state"),
    ("kubectl", "get", "`maestro status`, or `maestro config` for what is declared"),
    ("kubectl", "describe", "`maestro why INSTANCE`, and `maestro config INSTANCE`"),
    ("kubectl", "delete", "take it out of the file, then `maestro apply --prune`; `maestro stop` stops it"),
    ("kubectl", "rollout undo", "`maestro rollback`"),
    ("kubectl", "rollout status", "`maestro status`"),
    ("kubectl", "rollout history", "`maestro history`"),
    ("kubectl", "rollout restart", "`maestro restart NAME`"),
    (
        "kubectl",
        "rollout pause",
        "`update` of the service in the file sets the size of batches and the pauses",
    ),
    ("kubectl", "rollout", "`maestro status`, `history`, `rollback` or `restart`"),
    ("kubectl", "set image", "change `image` in the file, then `maestro apply`"),
    ("kubectl", "set", "change the file, then `maestro apply`"),
    ("kubectl", "edit", "change the file, then `maestro apply`"),
    ("kubectl", "patch", "change the file, then `maestro apply`"),
    ("kubectl", "replace", "`maestro apply`"),
    ("kubectl", "autoscale", "`maestro scale web=3`, or `replicas` in the file, then `maestro apply`"),
    ("kubectl", "expose", "`ports` of the instance in the file, then `maestro apply`"),
    ("kubectl", "proxy", "`maestro port-forward INSTANCE 80`"),
    ("kubectl", "cordon", "set `omit: true` on services, or move instances to another ship in the file"),
    ("kubectl", "drain", "move the instances to another ship in the file, then `maestro apply --move`"),
    ("kubectl", "taint", "`ship` of each instance in the file says where it runs"),
    ("kubectl", "label", "`labels` in the file"),
    ("kubectl", "annotate", "`labels` in the file"),
    ("kubectl", "explain", "`maestro why INSTANCE`; the file's keys are in docs/reference.md"),
    ("kubectl", "debug", "`maestro why INSTANCE`, and `maestro exec INSTANCE sh`"),
    ("kubectl", "cluster-info", "`maestro status`"),
    ("kubectl", "config view", "`maestro config`"),
    // Releases of MaestroNG and of this program.
    ("maestro-ng", "fullstatus", "`maestro status -F`"),
    ("maestro", "generations", "`maestro history`"),
    ("maestro", "revisions", "`maestro history`"),
    // Terraform, Helm, Ansible and others.
    ("other", "deploy", "`maestro apply`"),
    ("other", "converge", "`maestro apply`"),
    ("other", "sync", "`maestro apply`"),
    ("other", "update", "`maestro apply`"),
    ("other", "upgrade", "`maestro apply`"),
    ("other", "install", "`maestro apply`"),
    ("other", "reload", "`maestro restart NAME`"),
    ("other", "uninstall", "`maestro down`"),
    ("other", "destroy", "`maestro down --volumes --orphans`"),
    ("other", "remove", "take it out of the file, then `maestro apply --prune`"),
    ("other", "undo", "`maestro rollback`"),
    ("other", "revert", "`maestro rollback`"),
    ("other", "list", "`maestro status`"),
    ("other", "check", "`maestro config` checks the file, `maestro status` what runs"),
    ("other", "validate", "`maestro config` checks the file"),
    ("other", "lint", "`maestro config` checks the file"),
    ("other", "fmt", "`maestro config --fix` makes safe corrections"),
    ("other", "show", "`maestro config`, or `maestro status`"),
    ("other", "template", "`maestro config` prints the file with its templates filled in"),
    ("other", "refresh", "`maestro status`: nothing is cached"),
    ("other", "force-unlock", "`maestro unlock ID`"),
    ("other", "doctor", "`maestro status`, and `maestro plan` for a preflight"),
    ("other", "tail", "`maestro logs -f -n 100 NAME`"),
    ("other", "log", "`maestro logs NAME`"),
];

/// Options of other tools, each with the tool and what does the same here. Some mean something in one command alone.
pub(super) const OPTIONS: &[(&str, &str, &str, &str)] = &[
    ("compose", "", "--force-recreate", "`maestro restart NAME` creates new containers"),
    ("compose", "", "--no-recreate", "`maestro start` leaves running containers as they are"),
    ("compose", "", "--always-recreate-deps", "`maestro restart --with-dependencies NAME`"),
    ("compose", "", "--no-deps", "`--ignore-dependencies`"),
    ("compose", "", "--include-deps", "`--with-dependencies`"),
    ("compose", "", "--remove-orphans", "`maestro apply --prune`"),
    (
        "compose",
        "",
        "--pull",
        "`maestro apply --pull`, `maestro pull`, or `maestro restart --refresh-images`",
    ),
    ("compose", "", "--quiet-pull", "redirect the output; `--output json` is for programs"),
    ("compose", "", "--ignore-pull-failures", "each failure of `maestro pull` is told, and the rest goes on"),
    ("compose", "", "--no-start", "leave it out: `maestro plan` shows what would be made"),
    (
        "compose",
        "",
        "--abort-on-container-failure",
        "leave it out: a container that ends at once fails the run",
    ),
    ("compose", "", "--abort-on-container-exit", "leave it out: a container that ends at once fails the run"),
    ("compose", "", "--exit-code-from", "a container's exit code is in the failure's message"),
    ("compose", "", "--renew-anon-volumes", "`--renew-anonymous-volumes`"),
    ("compose", "", "--timeout", "`stop_timeout` of the instance in the file"),
    ("compose", "", "--rmi", "`maestro down --images` removes the images that nothing else needs"),
    ("compose", "", "--images", "`maestro images` shows images, `maestro clean --images` removes old ones"),
    ("compose", "", "--parallel", "`--concurrency LIMIT`"),
    ("compose", "", "--ansi", "`--color never`"),
    ("compose", "", "--no-color", "`--color never`"),
    ("compose", "", "--no-log-prefix", "leave it out: the log of one instance has no prefix"),
    ("compose", "", "--services", "`maestro config` prints services and instances"),
    ("compose", "", "--format", "`--output json`"),
    ("compose", "", "--attach", "`maestro logs -f NAME` follows the output"),
    ("compose", "", "--no-attach", "leave it out: `maestro apply` shows no logs"),
    ("compose", "", "--watch", "`maestro watch` keeps the environment as declared; it copies no sources"),
    ("compose", "apply", "-w", "`maestro watch` keeps the environment as declared; it copies no sources"),
    (
        "compose",
        "watch",
        "--no-up",
        "`maestro watch` keeps the environment as declared; it copies no sources",
    ),
    (
        "compose",
        "watch",
        "--prune",
        "`maestro watch` keeps the environment as declared; it copies no sources",
    ),
    ("compose", "apply", "-V", "`--renew-anonymous-volumes`"),
    ("compose", "", "--wait-timeout", "`max_wait` of a check in the file, or the health check's own times"),
    ("compose", "", "--attach-dependencies", "`maestro logs -f NAME` follows the output"),
    ("compose", "", "--menu", "leave it out: `maestro dash` has keys for all that can be done"),
    ("compose", "apply", "--timestamps", "`maestro logs -f -t NAME` follows the output"),
    ("compose", "", "--quiet-build", "redirect the output; `--output json` is for programs"),
    ("compose", "", "--index", "name the instance: `web-2`"),
    ("compose", "", "--sig-proxy", "leave it out: `maestro kill --signal INT NAME` sends signals"),
    ("compose", "build", "--build-arg", "`build: {args: …}` of the service in the file"),
    ("compose", "build", "--ssh", "`build: {ssh: …}` of the service in the file"),
    ("compose", "build", "-m", "`docker buildx build` on the ship"),
    ("compose", "build", "--memory", "`docker buildx build` on the ship"),
    ("compose", "build", "--print", "`docker buildx build` on the ship"),
    ("compose", "build", "--check", "`docker buildx build` on the ship"),
    (
        "compose",
        "build",
        "--builder",
        "`build: {on: SHIP}` of the service in the file says where it is built",
    ),
    ("compose", "build", "--provenance", "`docker buildx build` on the ship"),
    ("compose", "build", "--sbom", "`docker buildx build` on the ship"),
    ("compose", "build", "--push", "`maestro build`, then `maestro push`"),
    ("compose", "build", "--with-dependencies", "`maestro build` without names builds all"),
    ("compose", "", "-q", "redirect the output; `--output json` is for programs"),
    ("compose", "config", "-o", "redirect the output: `maestro config > FILE`"),
    ("compose", "config", "--hash", "`maestro diff` shows what differs from what runs"),
    ("compose", "config", "--environment", "each variable that is not set is a warning with its place"),
    ("compose", "config", "--variables", "each variable that is not set is a warning with its place"),
    ("compose", "config", "--profiles", "`--profile '*'` takes in all services"),
    ("compose", "config", "--models", "Maestro carries out no `models`"),
    ("compose", "", "--lock-image-digests", "leave it out: revisions pin digests, see `maestro history`"),
    ("compose", "", "--resolve-image-digests", "leave it out: revisions pin digests, see `maestro history`"),
    ("compose", "config", "--no-consistency", "leave it out: every command checks the file"),
    ("compose", "config", "--no-env-resolution", "leave it out: `maestro config` prints what was resolved"),
    ("compose", "config", "--no-interpolate", "leave it out: `maestro config` prints what was resolved"),
    ("compose", "config", "--no-normalize", "leave it out: `maestro config` prints what was resolved"),
    ("compose", "config", "--no-path-resolution", "leave it out: `maestro config` prints what was resolved"),
    ("compose", "status", "--orphans", "leave it out: orphans are shown"),
    ("compose", "status", "--status", "`maestro status --filter state=up`"),
    ("compose", "pull", "--policy", "`pull_policy` of the service in the file"),
    ("compose", "pull", "--ignore-buildable", "leave it out: images that are built are not pulled"),
    ("compose", "push", "--ignore-push-failures", "each failure is told, and the rest goes on"),
    ("compose", "run", "--build", "`maestro build` first"),
    ("compose", "run", "--cap-add", "`cap_add` of the service in the file"),
    ("compose", "run", "--cap-drop", "`cap_drop` of the service in the file"),
    ("compose", "run", "--env-from-file", "`env_file` of the service in the file, or `-e NAME=VALUE`"),
    ("compose", "run", "--label", "`labels` of the service in the file"),
    ("compose", "run", "--use-aliases", "leave it out: a one-off container never takes its service's place"),
    ("docker", "stats", "-a", "`maestro stats --all`"),
    ("compose", "wait", "--down-project", "`maestro wait NAME && maestro down`"),
    ("compose", "clean", "-s", "`maestro stop NAME`, then `maestro rm NAME`; `maestro down NAME` does both"),
    (
        "compose",
        "clean",
        "--stop",
        "`maestro stop NAME`, then `maestro rm NAME`; `maestro down NAME` does both",
    ),
    ("docker", "clean", "-l", "`maestro rm NAME`: links between services are in the file"),
    ("docker", "logs", "--details", "`docker logs --details` on the ship"),
    ("docker", "", "--force", "`--yes` where a command asks; `maestro kill` for what does not stop"),
    ("docker", "", "--host", "`ships` in the file, or the variable DOCKER_HOST for a file without ships"),
    ("docker", "", "--context", "`context: NAME` on a ship of the file"),
    ("docker", "", "-e", "`env` of the instance in the file"),
    ("docker", "", "--publish", "`ports` of the instance in the file"),
    ("docker", "", "-p", "`ports` of the instance, or `name` of the environment, in the file"),
    ("docker", "", "--volume", "`volumes` of the instance in the file"),
    ("docker", "", "--mount", "`volumes` of the instance in the file"),
    ("docker", "", "--name", "the name of the instance in the file"),
    ("docker", "", "--network", "links between services in the file make the network"),
    ("docker", "", "--restart", "`restart` of the instance in the file"),
    ("docker", "", "--memory", "`limits: {memory: …}` of the instance in the file"),
    ("docker", "", "--cpus", "`limits` of the instance in the file"),
    ("docker", "", "--rm", "`maestro clean` removes stopped containers"),
    ("docker", "", "--interactive", "leave it out: `maestro exec INSTANCE sh` opens a terminal"),
    ("docker", "", "--tty", "leave it out: `maestro exec INSTANCE sh` opens a terminal"),
    ("docker", "", "-t", "`stop_timeout` of the instance in the file"),
    ("docker", "", "--time", "`stop_timeout` of the instance in the file"),
    ("docker", "", "--signal", "`maestro kill --signal HUP NAME`"),
    ("docker", "", "--filter", "`-C PATTERN` for instances, `-S PATTERN` for ships"),
    ("docker", "", "--latest", "`maestro status NAME`"),
    ("docker", "", "--no-trunc", "`--output json` cuts nothing"),
    ("docker", "", "--image", "`image` of the instance in the file"),
    ("docker", "", "--with-registry-auth", "leave it out: Maestro uses the logins of `docker login`"),
    ("docker", "", "--update-order", "`update: {order: …}` of the service in the file"),
    ("docker", "", "--debug", "`maestro why INSTANCE` explains a state"),
    ("docker", "", "--verbose", "`maestro why INSTANCE` explains a state"),
    ("docker", "", "--quiet", "`--output json` is for programs"),
    ("kubectl", "", "--namespace", "one file is one environment: `-f FILE`"),
    ("kubectl", "", "--all-namespaces", "one file is one environment: `-f FILE`"),
    ("kubectl", "", "-A", "one file is one environment: `-f FILE`"),
    ("kubectl", "", "--selector", "`-C PATTERN` for instances, `-S PATTERN` for ships"),
    ("kubectl", "", "-l", "`-C PATTERN` for instances, `-S PATTERN` for ships"),
    ("kubectl", "", "--replicas", "`maestro scale web=3`"),
    ("kubectl", "", "--to-revision", "`maestro rollback N`"),
    ("kubectl", "", "--revision", "`maestro rollback N`"),
    ("kubectl", "", "--filename", "`--file FILE`"),
    ("kubectl", "", "--grace-period", "`stop_timeout` of the instance in the file"),
    ("kubectl", "", "--cascade", "`--with-dependencies`"),
    ("kubectl", "", "--record", "leave it out: `maestro history` has the command"),
    ("kubectl", "", "--container", "name the instance: `maestro logs INSTANCE`"),
    ("kubectl", "", "--previous", "`docker logs` on the ship, while the old container is there"),
    ("kubectl", "", "--kubeconfig", "`-f FILE`"),
    ("docker", "", "-H", "`host: URL` on a ship of the file"),
    ("docker", "", "-c", "`context: NAME` on a ship of the file"),
    ("docker", "start", "-a", "`maestro logs -f NAME` follows the log"),
    ("compose", "", "--compatibility", "leave it out: there is one form of names"),
    ("kubectl", "", "--server-side", "leave it out"),
    ("kubectl", "", "--validate", "leave it out: every command checks the file"),
    ("kubectl", "", "-o", "`--output json`"),
    ("other", "", "--auto-approve", "`--yes`"),
    ("other", "", "--target", "name the services or instances"),
    ("other", "history", "--limit", "`maestro history` lists all that are kept, the newest first"),
    ("other", "", "--limit", "name the services or instances, or `-S PATTERN` for ships"),
    ("other", "", "--check", "`--dry-run`, or `maestro plan`"),
    ("other", "", "--diff", "`maestro diff`"),
    ("other", "", "--tags", "name the services or instances"),
    ("other", "", "--inventory", "`ships` in the file"),
    ("other", "", "--json", "`--output json`"),
    ("other", "", "--lock-timeout", "`--wait DURATION`"),
    ("other", "", "--atomic", "leave it out: `update` of a service decides what a failed batch rolls back"),
    ("other", "", "--help-all", "`maestro help COMMAND`"),
];

/// Commands of Compose that are ours under another name.
const ALIASES: [(&str, &str); 3] = [("ps", "status"), ("rm", "clean"), ("up", "apply")];

/// What to say about a command or an option that another tool has. `words` are the arguments without the program's name.
pub(super) fn tip(error: &clap::Error, words: &[String]) -> Option<String> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => command(words),
        ErrorKind::UnknownArgument => {
            let given = error.get(ContextKind::InvalidArg)?.to_string();
            let name = given.split(['=', ' ']).next().unwrap_or_default();
            let command = positional(words).first().copied().unwrap_or_default();
            // Terraform writes long options with one dash.
            let long = words.iter().find(|word| word.len() > 2 && word.starts_with(name));
            let long = long.filter(|word| !word.starts_with("--")).map(|word| format!("-{word}"));
            let long = long.and_then(|word| option(command, word.split('=').next().unwrap_or_default()));
            let filter = || of_events(command, name);
            long.or_else(|| option(command, name)).or_else(filter)
        }
        ErrorKind::ValueValidation => ports_first(&positional(words)).or_else(|| wait(error, words)),
        ErrorKind::InvalidValue => wait(error, words),
        _ => None,
    }
}

/// `up --wait` of Compose, which has no value.
fn wait(error: &clap::Error, words: &[String]) -> Option<String> {
    let is_wait = error.get(ContextKind::InvalidArg)?.to_string().starts_with("--wait ");
    let is_start = matches!(positional(words).first(), Some(&("up" | "apply" | "start" | "restart")));
    let text = "leave `--wait` of other tools out: the command ends when all is ready; here `--wait 5m` waits for \
                another run's lease";
    (is_wait && is_start).then(|| text.to_owned())
}

/// `port-forward 8080:80 web`: the ports stand in front of the instance.
fn ports_first(positional: &[&str]) -> Option<String> {
    let ["port-forward", ports, name, ..] = positional else { return None };
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let are_ports = ports.split(':').all(is_port) && !name.split(':').all(is_port);
    are_ports.then(|| format!("the instance comes first: `maestro port-forward {name} {ports}`"))
}

/// The words of a command line that are no options, and no values of the options that come before a command.
fn positional(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            word if WITH_VALUE.contains(&word) => drop(words.next()),
            word if word.starts_with('-') => {}
            word => found.push(word),
        }
    }
    found
}

/// What does the same as a command of another tool: of all that it begins with, the longest counts.
fn command(words: &[String]) -> Option<String> {
    let typed = positional(words);
    let tools = typed.iter().take_while(|word| TOOLS.contains(word)).count();
    let typed = typed[tools..].join(" ");
    if tools > 0 && typed.is_empty() {
        return Some("leave the other tool's name out: `maestro --help` lists the commands".to_owned());
    }
    let begins =
        |known: &str| typed == known || typed.strip_prefix(known).is_some_and(|rest| rest.starts_with(' '));
    let known = COMMANDS.iter().filter(|(_, known, _)| begins(known)).max_by_key(|(_, known, _)| known.len());
    match known {
        Some((_, known, ours)) => Some(format!("for `{known}` of other tools: {ours}")),
        None if tools > 0 => Some(format!("leave the other tool's name out: `maestro {typed}`")),
        None => None,
    }
}

/// `events web` of Compose.
fn of_events(command: &str, name: &str) -> Option<String> {
    let is_name = command == "events" && !name.starts_with('-');
    is_name.then(|| format!("`maestro events --filter service={name}`, or `instance={name}`"))
}

fn option(command: &str, name: &str) -> Option<String> {
    let command = ALIASES.iter().find(|(alias, _)| *alias == command).map_or(command, |(_, ours)| ours);
    let for_it = |known: &&(&str, &str, &str, &str)| known.2 == name && known.1 == command;
    let for_all = |known: &&(&str, &str, &str, &str)| known.2 == name && known.1.is_empty();
    let known = OPTIONS.iter().find(for_it).or_else(|| OPTIONS.iter().find(for_all));
    known.map(|(_, _, name, ours)| format!("for `{name}` of other tools: {ours}"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::{args::Cli, words::following};

    /// What is said about a command line.
    fn told(line: &str) -> Option<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let error = Cli::try_parse_from(["maestro".to_owned()].iter().chain(&words)).err()?;
        tip(&error, &words)
    }

    #[test]
    fn every_command_of_another_tool_is_answered() {
        assert!(COMMANDS.len() >= 80, "{}", COMMANDS.len());
        for (tool, typed, ours) in COMMANDS {
            // `update` and others are commands of several tools, with the same answer.
            let is_ours = Cli::command().find_subcommand(typed.split(' ').next().unwrap()).is_some();
            assert!(!is_ours || typed.contains(' ') || *typed == "diff", "{tool} {typed} is a command here");
            if is_ours {
                continue;
            }
            for line in
                [(*typed).to_owned(), format!("-f x.yaml {typed} web"), format!("{} {typed}", TOOLS[0])]
            {
                let told = told(&line).unwrap_or_else(|| panic!("{line}"));
                assert!(told.contains(typed), "{line}: {told}");
            }
            assert!(ours.len() <= 100, "{tool} {typed}: {ours}");
        }
    }

    #[test]
    fn every_option_of_another_tool_is_answered() {
        assert!(OPTIONS.len() >= 75, "{}", OPTIONS.len());
        for (tool, command, option, ours) in OPTIONS {
            let commands =
                if command.is_empty() { vec!["apply", "status", "stop", "logs"] } else { vec![*command] };
            let answered = commands.iter().filter(|command| told(&format!("{command} {option}")).is_some());
            assert!(answered.count() > 0, "{tool} {option}: {ours}");
        }
    }

    /// The commands of docker compose 2.40, each with its options.
    const OF_COMPOSE: &str = include_str!("other_tools/compose_options.txt");

    #[test]
    fn every_option_of_docker_compose_is_one_of_ours_or_answered() {
        let mut unanswered = Vec::new();
        for line in OF_COMPOSE.lines() {
            let mut words = line.split(' ');
            let command = words.next().unwrap();
            for option in words {
                let typed = ["maestro", command, option];
                let Err(error) = Cli::try_parse_from(typed) else { continue };
                let is_unknown =
                    matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand);
                let words: Vec<String> = typed[1..].iter().map(ToString::to_string).collect();
                if is_unknown && tip(&error, &words).is_none() {
                    unanswered.push(format!("{command} {option}"));
                }
            }
        }
        assert_eq!(unanswered, [""; 0]);
    }

    #[test]
    fn words_of_compose_that_have_another_form_here_are_answered() {
        let wait = told("up --wait").unwrap();
        assert!(wait.contains("the command ends when all is ready"), "{wait}");
        assert_eq!(told("up --wait web"), Some(wait));
        assert_eq!(told("stop --wait"), None);
        let events = "`maestro events --filter service=web`, or `instance=web`";
        assert_eq!(told("events web").as_deref(), Some(events));
    }

    #[test]
    fn ports_in_front_of_an_instance_are_answered_with_the_right_order() {
        let help = "the instance comes first: `maestro port-forward web 8080:80`";
        assert_eq!(told("port-forward 8080:80 web").as_deref(), Some(help));
        assert_eq!(told("port-forward web x:y"), None);
    }

    /// The commands and options in backquotes that begin with `maestro`.
    #[test]
    fn every_answer_can_be_typed() {
        let all = COMMANDS.iter().map(|(_, _, ours)| *ours).chain(OPTIONS.iter().map(|(.., ours)| *ours));
        for ours in all {
            for typed in ours.split('`').skip(1).step_by(2).filter(|typed| typed.starts_with("maestro ")) {
                let typed =
                    typed.replace(" ID", " 0123456789abcdef").replace(" N", " 3").replace("3AME", "web");
                let words = typed.split(' ').filter(|word| *word != "COMMAND").map(OsString::from);
                let parsed = Cli::try_parse_from(following(words.collect()));
                let is_help = |kind| matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
                if let Err(error) = parsed {
                    assert!(is_help(error.kind()), "{typed}: {error}");
                }
            }
        }
    }

    #[test]
    fn words_of_compose_that_are_the_same_here_work() {
        for line in [
            "up",
            "up -d",
            "up -d web",
            "ps",
            "ps web",
            "logs --tail 5 web",
            "logs --tail all",
            "logs --follow web",
        ] {
            assert!(Cli::try_parse_from(["maestro"].into_iter().chain(line.split(' '))).is_ok(), "{line}");
        }
    }

    #[test]
    fn what_no_tool_has_is_not_answered() {
        for line in ["frobnicate", "apply --frobnicate"] {
            assert_eq!(told(line), None, "{line}");
        }
        assert!(told("compose up").unwrap().contains("`maestro up`"));
        assert!(told("kubectl").unwrap().contains("leave the other tool's name out"));
    }
}
