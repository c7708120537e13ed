//! Options that have no effect beside others. `clap` refuses those that exclude each other within a command; here are those
//! that the format of the output or what a command does leaves without one.

use super::{
    args::{
        ApplyArgs, Cli, Command, ConfigArgs, CopyArgs, DeptreeArgs, DiffArgs, EventsArgs, Global, GraphArgs,
        HistoryArgs, ImagesArgs, LogsArgs, OutdatedArgs, Output, PlanArgs, RunArgs, ShipArgs, ShipCommand,
        ShipLsArgs, StatsArgs, StatusArgs, TimelineArgs, TopArgs, VolumeArgs, VolumeCommand, VolumeLsArgs,
    },
    error::Problem,
};
use maestro_report::problem::CommandProblem;

/// An option that was given, and why it has no effect.
struct Idle {
    option: &'static str,
    beside: &'static str,
    why: &'static str,
}

/// Refuses a command line with an option that has no effect.
pub(super) fn check(cli: &Cli) -> Result<(), Problem> {
    let Some(Idle { option, beside, why }) = idle(&cli.global, &cli.command) else { return Ok(()) };
    let text = format!("`{option}` has no effect with `{beside}`");
    Err(Problem::bad_input(CommandProblem::new(text).note(why).help(format!("remove `{option}`"))))
}

const ALL_IN_JSON: &str = "JSON has all there is, whatever options say how text looks";

fn idle(global: &Global, command: &Command) -> Option<Idle> {
    let of_json = |option, why| Idle { option, beside: "--output json", why };
    match (global.output, command) {
        (Output::Json, Command::Status(args)) => of_text(args).map(|option| of_json(option, ALL_IN_JSON)),
        (Output::Json, Command::Logs(LogsArgs { timestamps: true, .. })) => {
            Some(of_json("--timestamps", ALL_IN_JSON))
        }
        (Output::Json, Command::Logs(LogsArgs { no_prefix: true, .. })) => {
            Some(of_json("--no-prefix", ALL_IN_JSON))
        }
        (Output::Json, Command::Stats(StatsArgs { no_stream: true, .. })) => {
            Some(of_json("--no-stream", "JSON is printed once"))
        }
        (
            Output::Json,
            Command::Images(ImagesArgs { quiet: true, .. })
            | Command::Outdated(OutdatedArgs { quiet: true, .. })
            | Command::History(HistoryArgs { quiet: true, .. })
            | Command::Stats(StatsArgs { quiet: true, .. })
            | Command::Top(TopArgs { quiet: true, .. })
            | Command::Events(EventsArgs { quiet: true, .. })
            | Command::Ship(ShipArgs { command: ShipCommand::Ls(ShipLsArgs { quiet: true, .. }) })
            | Command::Volume(VolumeArgs { command: VolumeCommand::Ls(VolumeLsArgs { quiet: true, .. }) }),
        ) => Some(of_json("--quiet", ALL_IN_JSON)),
        (Output::Json, Command::Deptree(DeptreeArgs { recursive: true, .. })) => {
            Some(of_json("--recursive", "JSON has what each service requires once"))
        }
        (Output::Json, Command::Config(args)) => json_of_config(args),
        (Output::Json, Command::Graph(_) | Command::Timeline(_)) => of_picture(command),
        (_, Command::Cp(args)) => of_tar(args),
        (_, Command::Run(args)) => of_background(args),
        (Output::Json, command) if has_steps(command) => {
            Some(of_json("--steps", "the JSON of a plan has each step"))
        }
        (Output::Markdown, command) if has_steps(command) => Some(Idle {
            option: "--steps",
            beside: "--output markdown",
            why: "the Markdown of a plan has each step, folded",
        }),
        (_, Command::Plan(PlanArgs { out: Some(_), apply, .. })) => of_saved(apply),
        (_, Command::Diff(DiffArgs { things })) if things.concurrency.is_some() => Some(Idle {
            option: "--concurrency",
            beside: "diff",
            why: "it limits how many containers are changed at once, and `diff` changes none",
        }),
        (_, Command::Diff(DiffArgs { things })) if things.ignore_dependencies => Some(Idle {
            option: "--ignore-dependencies",
            beside: "diff",
            why: "it is about the order of changes, and `diff` changes nothing",
        }),
        (Output::Text | Output::Json | Output::Markdown, _) => None,
    }
}

/// What the JSON of `config` leaves without an effect.
fn json_of_config(args: &ConfigArgs) -> Option<Idle> {
    let of_json = |beside, why| Some(Idle { option: "--output json", beside, why });
    if args.quiet {
        of_json("config --quiet", "it prints nothing")
    } else if args.fix_binds {
        of_json("config --fix-binds", "it prints the changed lines as a diff")
    } else if args.fix {
        let why =
            "it prints the changed lines as a diff; `maestro --output json config` has each change as data";
        of_json("config --fix", why)
    } else {
        None
    }
}

/// An option of a picture whose data is asked for.
fn of_picture(command: &Command) -> Option<Idle> {
    let idle = |option, why| Idle { option, beside: "--output json", why };
    match command {
        Command::Graph(GraphArgs { format: Some(_), .. }) => {
            Some(idle("--format", "JSON is a format of its own"))
        }
        Command::Graph(GraphArgs { by: Some(_), .. }) => Some(idle("--by", ALL_IN_JSON)),
        Command::Timeline(TimelineArgs { out: Some(_), .. }) => {
            Some(idle("--out", "the name of the file tells how to write it"))
        }
        _ => None,
    }
}

/// An option of a plan that is saved.
fn of_saved(apply: &ApplyArgs) -> Option<Idle> {
    if apply.things.concurrency.is_some() {
        let why = "a saved plan does not have it: `maestro apply FILE --concurrency LIMIT` takes it";
        return Some(Idle { option: "--concurrency", beside: "--out", why });
    }
    if apply.pull {
        let why =
            "a saved plan does not wait for images: run `maestro pull` before `maestro plan --out FILE`";
        return Some(Idle { option: "--pull", beside: "--out", why });
    }
    if apply.rebalance {
        let why = "a saved plan is applied to what the file says: run `maestro apply --rebalance`";
        return Some(Idle { option: "--rebalance", beside: "--out", why });
    }
    let why = "a saved plan is applied to what the file says: write the number there";
    (!apply.scale.is_empty()).then_some(Idle { option: "--scale", beside: "--out", why })
}

/// An option of `run` about the end of a container that nobody waits for.
fn of_background(RunArgs { detach, keep, rm, .. }: &RunArgs) -> Option<Idle> {
    let why = "nobody waits for the end of a container in the background: it is kept, and `maestro clean` removes it";
    let given = [(*keep, "--keep"), (*rm, "--rm")].into_iter().find(|(given, _)| *given && *detach);
    given.map(|(_, option)| Idle { option, beside: "--detach", why })
}

/// An option of `cp` about files where one side is a tar archive.
fn of_tar(CopyArgs { archive, follow_link, source, target, .. }: &CopyArgs) -> Option<Idle> {
    let idle = |option| Idle { option, beside: "-", why: "a tar archive is passed on as it is" };
    if *archive && (source == "-" || target == "-") {
        return Some(idle("--archive"));
    }
    (*follow_link && source == "-").then(|| idle("--follow-link"))
}

/// An option that says how the text of a status looks.
fn of_text(args: &StatusArgs) -> Option<&'static str> {
    let given = [
        (args.all, "--all"),
        (args.quiet, "--quiet"),
        (args.wide, "--wide"),
        (args.full, "--full"),
        (args.show_hosts, "--show-hosts"),
        (args.by.is_some(), "--by"),
    ];
    given.into_iter().find_map(|(is_given, option)| is_given.then_some(option))
}

/// Whether each step of a plan is asked for.
fn has_steps(command: &Command) -> bool {
    matches!(command, Command::Plan(PlanArgs { steps: true, .. }))
        || command.lease().is_some_and(|lease| lease.steps)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    /// Options of all commands whose effect depends on nothing else.
    const ALWAYS: &[&str] = &[
        "file",
        "color",
        "output",
        "allow-outside",
        // Refused in every command.
        "env",
        "help",
        "version",
        "container-filter",
        "ship-filter",
        "with-dependencies",
        "adopt",
        "no-preflight",
        "renew-anonymous-volumes",
        "move",
        "skip-unreachable",
        "detach",
        "wait",
        "dry-run",
        "yes",
        "timeline",
    ];

    /// Options of all commands that say how files are read; `file::choice` refuses those that a file has no use for.
    const OF_COMPOSE: [&str; 4] = ["profile", "env-file", "project-name", "project-directory"];

    /// Options of `MaestroNG` that are accepted; their help says that they have no effect.
    const ACCEPTED: &[(&str, &[&str])] = &[
        ("status", &["concurrency", "ignore-dependencies"]),
        ("pull", &["ignore-dependencies"]),
        ("clean", &["ignore-dependencies"]),
        ("pause", &["ignore-dependencies"]),
        ("unpause", &["ignore-dependencies"]),
        ("stop", &["expand-services", "all"]),
        ("kill", &["expand-services", "all"]),
        ("restart", &["expand-services", "all"]),
    ];

    /// Options that are refused wherever they have no effect: the lines that show it. An option without a line has an effect
    /// in every line of its command.
    const LOOKED_AT: &[(&str, &str, &[&str])] = &[
        ("port-forward", "address", &[]),
        ("cp", "archive", &["cp -a - a:/x", "cp -a a:/x -"]),
        ("cp", "follow-link", &["cp -L - a:/x"]),
        ("status", "all", &["--output json status --all"]),
        ("status", "quiet", &["--output json status -q", "status -q --watch"]),
        ("status", "wide", &["--output json status -w", "status -q -w"]),
        ("status", "full", &["--output json status -F", "status -q -F"]),
        ("status", "show-hosts", &["--output json status -H", "status -q -H"]),
        ("status", "by", &["--output json status --by ship", "status -q --by ship"]),
        ("status", "filter", &[]),
        ("status", "watch", &["status -q --watch"]),
        ("status", "exit-code", &["status --watch --exit-code"]),
        ("status", "no-checks", &[]),
        ("config", "format", &["config --format maestro --fix", "config --format maestro web"]),
        ("init", "running", &[]),
        ("init", "out", &[]),
        ("import", "out", &[]),
        ("plan", "steps", &["--output json plan --steps", "--output markdown plan --steps"]),
        ("plan", "detailed-exitcode", &[]),
        ("apply", "pull", &[]),
        ("plan", "pull", &["plan -o next.plan --pull"]),
        ("plan", "out", &[]),
        ("outdated", "detailed-exitcode", &[]),
        ("plan", "concurrency", &["plan -o next.plan -c 2"]),
        ("diff", "concurrency", &["diff -c 2"]),
        ("diff", "ignore-dependencies", &["diff -i", "diff -d -i"]),
        ("config", "show-secrets", &["config --fix --show-secrets"]),
        ("config", "fix", &["config --fix web", "--output json config --fix"]),
        ("config", "fix-binds", &["config --fix-binds web", "--output json config --fix-binds"]),
        ("config", "dry-run", &["config --dry-run"]),
        ("dump", "config", &[]),
        ("dump", "show-secrets", &[]),
        ("deptree", "recursive", &["--output json deptree -r"]),
        ("logs", "follow", &[]),
        ("logs", "tail", &[]),
        ("logs", "since", &[]),
        ("logs", "until", &["logs -F --until 1h"]),
        ("logs", "timestamps", &["--output json logs -t"]),
        ("logs", "no-prefix", &["--output json logs --no-prefix"]),
        ("logs", "grep", &[]),
        ("run", "keep", &["run -d --keep web"]),
        ("run", "rm", &["run --rm --keep web", "run -d --rm web"]),
        ("run", "service-ports", &[]),
        ("run", "entrypoint", &[]),
        ("run", "ship", &[]),
        ("run", "user", &[]),
        ("run", "workdir", &[]),
        ("run", "no-tty", &[]),
        ("run", "detach-keys", &[]),
        ("attach", "no-stdin", &[]),
        ("attach", "detach-keys", &[]),
        ("exec", "all", &["exec --all --index 1 web ls"]),
        ("exec", "index", &[]),
        ("exec", "privileged", &[]),
        ("exec", "user", &[]),
        ("exec", "workdir", &[]),
        // A script may always say it.
        ("exec", "no-tty", &[]),
        ("exec", "detach-keys", &["exec --all --detach-keys ctrl-x web ls"]),
        ("start", "refresh-images", &["start -r --reuse"]),
        ("restart", "refresh-images", &["restart -r --reuse"]),
        ("restart", "step-delay", &[]),
        ("restart", "stop-start-delay", &[]),
        ("restart", "all-at-once", &[]),
        ("restart", "only-if-changed", &[]),
        ("apply", "prune", &["apply --prune -C web-1"]),
        ("apply", "peers", &[]),
        ("apply", "rebalance", &[]),
        ("plan", "rebalance", &["plan -o next.plan --rebalance"]),
        ("apply", "continue", &[]),
        ("apply", "scale", &[]),
        ("apply", "build", &[]),
        ("apply", "no-build", &[]),
        ("plan", "build", &[]),
        ("plan", "no-build", &[]),
        ("build", "always", &[]),
        ("build", "no-cache", &[]),
        ("build", "pull", &[]),
        ("plan", "scale", &["plan -o next.plan --scale web=2"]),
        ("plan", "prune", &["plan --prune -C web-1"]),
        ("plan", "peers", &[]),
        ("plan", "continue", &[]),
        ("clean", "volumes", &[]),
        ("stats", "no-stream", &["--output json stats --no-stream"]),
        ("stats", "filter", &[]),
        ("stats", "quiet", &["--output json stats -q", "stats -q --no-stream"]),
        ("top", "quiet", &["--output json top -q"]),
        ("events", "quiet", &["--output json events -q"]),
        ("history", "filter", &[]),
        ("volume", "quiet", &["--output json volume ls -q"]),
        ("top", "filter", &[]),
        ("timeline", "list", &["timeline --list -o run.svg", "timeline --list 6b1f"]),
        ("timeline", "out", &["--output json timeline -o run.svg"]),
        ("graph", "filter", &[]),
        ("graph", "observe", &[]),
        ("graph", "by", &["--output json graph --by service"]),
        ("graph", "format", &["--output json graph --format svg"]),
        ("graph", "out", &[]),
        ("links", "check", &[]),
        ("links", "timeout", &[]),
        ("logs", "filter", &[]),
        ("images", "filter", &[]),
        ("outdated", "filter", &[]),
        ("outdated", "quiet", &["--output json outdated -q"]),
        ("history", "quiet", &["--output json history -q"]),
        ("images", "quiet", &["--output json images -q"]),
        ("events", "since", &[]),
        ("events", "until", &[]),
        ("events", "filter", &[]),
        ("wait", "ready", &[]),
        ("wait", "timeout", &[]),
        ("down", "volumes", &[]),
        ("down", "images", &[]),
        ("clean", "images", &[]),
        ("down", "orphans", &["down --orphans web"]),
        ("stop", "timeout", &[]),
        ("restart", "timeout", &[]),
        ("down", "timeout", &[]),
        (
            "kill",
            "signal",
            &["kill --signal HUP --steps", "kill --signal HUP -C web", "kill --signal HUP --wait 5"],
        ),
        ("config", "quiet", &["config -q --fix", "config -q --show-secrets", "--output json config -q"]),
        ("config", "services", &["config --services --images", "config --services --format maestro"]),
        ("config", "images", &["config --images --show-secrets"]),
        ("config", "volumes", &["config --volumes web"]),
        ("config", "networks", &["config --networks web"]),
        ("exec", "detach", &[]),
        ("ui", "listen", &[]),
        ("ui", "host", &[]),
        ("ui", "tls-cert", &[]),
        ("ui", "tls-key", &[]),
        ("ui", "read-only", &[]),
        ("dash", "read-only", &[]),
        ("watch", "git", &[]),
        ("watch", "branch", &[]),
        ("watch", "interval", &[]),
        ("watch", "checkout", &[]),
        ("watch", "apply", &[]),
        ("watch", "dry-run", &[]),
        ("watch", "tries", &[]),
        ("watch", "backoff", &[]),
        ("watch", "stable", &[]),
        ("watch", "metrics", &[]),
        ("watch", "install", &[]),
        ("watch", "user", &["watch --user"]),
        ("watch", "unit", &["watch --unit a.service"]),
    ];

    fn is_refused(line: &str) -> bool {
        let parsed = Cli::try_parse_from(["maestro"].into_iter().chain(line.split(' ')));
        parsed.map_or(true, |cli| check(&cli).is_err())
    }

    /// Commands whose options go to other programs, or that nobody types.
    const NOT_OURS: &[&str] = &["guest", "complete", "completions", "help"];

    #[test]
    fn every_option_has_an_effect_or_is_refused() {
        let mut cli = Cli::command();
        cli.build();
        let mut unknown = Vec::new();
        for command in cli.get_subcommands().filter(|command| !NOT_OURS.contains(&command.get_name())) {
            let name = command.get_name();
            let options: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
            for &option in &options {
                let accepted = ACCEPTED.iter().any(|(of, known)| *of == name && known.contains(&option));
                if accepted {
                    let arg = command.get_arguments().find(|arg| arg.get_long() == Some(option)).unwrap();
                    let help = arg.get_help().unwrap().to_string();
                    assert!(
                        help.contains("accepted for compatibility with `MaestroNG`"),
                        "{name} --{option}: {help}"
                    );
                    continue;
                }
                // Each of these means the same in every command that changes something.
                let shared = match option {
                    "steps" => {
                        for format in ["json", "markdown"] {
                            let needed = if name == "scale" { "web=3 " } else { "" };
                            let line = format!("--output {format} {name} {needed}--steps --dry-run");
                            assert!(is_refused(&line) || name == "plan", "{line}");
                        }
                        true
                    }
                    // Beside it `-d` adds nothing, as in `MaestroNG`, whose lines run unchanged.
                    "ignore-dependencies" if name != "diff" => {
                        let needed = if name == "scale" { " web=3" } else { "" };
                        let line = format!("{name}{needed} -d -i");
                        assert!(!is_refused(&line), "{line}");
                        true
                    }
                    "concurrency" => !["plan", "diff"].contains(&name),
                    "refresh-images" | "reuse" => {
                        assert!(is_refused(&format!("{name} -r --reuse")), "{name} -r --reuse");
                        true
                    }
                    other => ALWAYS.contains(&other) || OF_COMPOSE.contains(&other),
                };
                if !shared && !LOOKED_AT.iter().any(|(of, known, _)| *of == name && *known == option) {
                    unknown.push(format!("{name} --{option}"));
                }
            }
        }
        assert!(unknown.is_empty(), "look at what these do beside others: {}", unknown.join(", "));
    }

    #[test]
    fn what_has_no_effect_is_refused() {
        for (_, option, lines) in LOOKED_AT {
            for line in *lines {
                assert!(is_refused(line), "{line}: --{option} has no effect and is not refused");
            }
        }
        for line in
            ["status -aq", "status -q", "plan -c 2", "--output json plan", "diff -d web", "config --fix"]
        {
            assert!(!is_refused(line), "{line}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let cli = Cli::try_parse_from(["maestro", "--output", "json", "plan", "--steps"]).unwrap();
        let (text, _) = check(&cli).unwrap_err().told();
        let text = text.unwrap();
        assert!(text.starts_with("error: `--steps` has no effect with `--output json`"), "{text}");
        assert!(text.contains("remove `--steps`"), "{text}");
    }
}
