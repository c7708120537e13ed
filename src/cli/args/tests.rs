//! `MaestroNG` 0.8.3's command line, held to ours: every command and option of it exists, with its short form, its
//! default and its kind.

use clap::{ArgAction, CommandFactory, error::ErrorKind};

use super::*;

/// An option there: its long form, its short one, and whether it takes a value (and the default of that) or is a flag.
type Flag = (&'static str, Option<char>, Kind);

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Switch,
    Value,
    Default(&'static str),
}

use Kind::{Default, Switch, Value};

const CONCURRENT: &[Flag] = &[
    ("concurrency", Some('c'), Value),
    ("with-dependencies", Some('d'), Switch),
    ("ignore-dependencies", Some('i'), Switch),
];
const FILTERS: &[Flag] = &[("container-filter", Some('C'), Value), ("ship-filter", Some('S'), Value)];
const EXPAND: &[Flag] = &[("expand-services", Some('s'), Switch), ("all", Some('a'), Switch)];
const REFRESH: &[Flag] = &[("refresh-images", Some('r'), Switch), ("reuse", None, Switch)];

/// Every command of `maestro/__main__.py`, with its options.
const COMMANDS: &[(&str, &[&[Flag]])] = &[
    ("status", &[CONCURRENT, FILTERS, &[("full", Some('F'), Switch), ("show-hosts", Some('H'), Switch)]]),
    ("dump", &[&[("config", Some('c'), Switch)]]),
    ("pull", &[CONCURRENT, FILTERS]),
    ("start", &[CONCURRENT, REFRESH, FILTERS]),
    ("stop", &[CONCURRENT, EXPAND, FILTERS]),
    ("kill", &[CONCURRENT, EXPAND, FILTERS]),
    (
        "restart",
        &[
            CONCURRENT,
            EXPAND,
            REFRESH,
            FILTERS,
            &[
                ("step-delay", None, Default("0")),
                ("stop-start-delay", None, Default("0")),
                ("only-if-changed", None, Switch),
            ],
        ],
    ),
    ("clean", &[CONCURRENT, FILTERS]),
    ("logs", &[&[("follow", Some('F'), Switch), ("", Some('n'), Value)]]),
    ("deptree", &[&[("recursive", Some('r'), Switch)]]),
    ("complete", &[&[]]),
];

fn kind(arg: &clap::Arg) -> Kind {
    match (arg.get_action(), arg.get_default_values()) {
        (ArgAction::SetTrue | ArgAction::Version, _) => Switch,
        (_, []) => Value,
        (_, [default]) => Default(Box::leak(default.to_string_lossy().into_owned().into_boxed_str())),
        (_, more) => panic!("several defaults: {more:?}"),
    }
}

fn find(command: &clap::Command, (long, short, _): Flag) -> Option<&clap::Arg> {
    command.get_arguments().find(|arg| match long {
        "" => arg.get_short() == short,
        long => arg.get_long() == Some(long) && (short.is_none() || arg.get_short() == short),
    })
}

#[test]
fn every_command_and_option_of_maestro_ng_is_here() {
    let mut cli = Cli::command();
    cli.build();
    // Its default there is `./maestro.yaml`: a file that is looked for has none.
    for flag in [("file", Some('f'), Value), ("version", Some('v'), Switch)] {
        let arg = find(&cli, flag).unwrap_or_else(|| panic!("{flag:?}"));
        assert_eq!(kind(arg), flag.2, "{flag:?}");
    }
    for (name, groups) in COMMANDS {
        let command = cli.find_subcommand(name).unwrap_or_else(|| panic!("no command {name}"));
        assert!(command.get_positionals().next().is_some_and(|things| !things.is_required_set()), "{name}");
        for &flag in groups.iter().copied().flatten() {
            let arg = find(command, flag).unwrap_or_else(|| panic!("{name}: no {flag:?}"));
            assert_eq!(kind(arg), flag.2, "{name}: {flag:?}");
        }
    }
}

/// Short forms that `MaestroNG` does not have and other tools have taught: `ps -a`, `ps -q`, `logs -t`, `rm -y`, `rm -v`, `stop -t`.
const OURS: [(&str, &str); 8] = [
    ("status", "aqw"),
    ("logs", "t"),
    ("pull", "y"),
    ("start", "y"),
    ("stop", "ty"),
    ("kill", "y"),
    ("restart", "ty"),
    ("clean", "vy"),
];

#[test]
fn what_is_new_takes_no_short_form_of_maestro_ng() {
    let mut cli = Cli::command();
    cli.build();
    for (name, groups) in COMMANDS {
        let command = cli.find_subcommand(name).unwrap_or_else(|| panic!("no command {name}"));
        let known: Vec<char> = groups.iter().copied().flatten().filter_map(|flag| flag.1).collect();
        let own = command.get_arguments().filter(|arg| !arg.is_global_set());
        for short in own.filter_map(clap::Arg::get_short) {
            // `-h` is help in both.
            let is_ours = OURS.iter().any(|(command, shorts)| *command == *name && shorts.contains(short));
            assert!(short == 'h' || is_ours || known.contains(&short), "{name}: -{short}");
        }
    }
}

#[test]
fn options_may_be_cut_short_as_in_python() {
    let parsed = |line: &str| Cli::try_parse_from(line.split(' '));
    let Ok(Cli { command: Command::Restart { args, .. }, .. }) =
        parsed("maestro restart --refresh --only web -ad")
    else {
        panic!("a restart")
    };
    assert!(args.images.refresh_images && args.only_if_changed && args.things.with_dependencies);
    assert!(parsed("maestro start -r --reuse").is_err(), "they exclude each other, as there");
    assert!(parsed("maestro start --re").is_err(), "ambiguous");
}

#[test]
fn v_behind_rm_and_down_is_about_volumes() {
    let parsed = |line: &str| Cli::try_parse_from(line.split(' ')).map(|cli| cli.command);
    let Ok(Command::Clean { args, .. }) = parsed("maestro rm -v web-1") else { panic!("a clean") };
    assert!(args.volumes);
    let Ok(Command::Down { args, .. }) = parsed("maestro down -v") else { panic!("a down") };
    assert!(args.volumes);
}

#[test]
fn variables_of_docker_run_are_not_taken_for_files() {
    let refused = Cli::try_parse_from(["maestro", "apply", "--env", "A=b"]).unwrap_err().to_string();
    assert!(refused.contains("there is no such option; write variables below `env`"), "{refused}");
    assert!(Cli::try_parse_from(["maestro", "apply", "--env-f", "x.env"]).is_ok());
}

#[test]
fn a_command_is_told_about_in_its_own_words() {
    let mut built = Cli::command();
    built.build();
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        let whole = built.find_subcommand(name).unwrap();
        assert_eq!(whole.get_about().map(ToString::to_string), command.get_about().map(ToString::to_string));
    }
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn a_time_is_a_number_and_a_unit() {
    let seconds = |text: &str| super::shared::duration(text).map(|time| time.as_secs());
    assert_eq!(["0", "30", "30s", "5m", "1h"].map(seconds), [Ok(0), Ok(30), Ok(30), Ok(300), Ok(3600)]);
    for wrong in ["", "m", "-1", "1.5h", "5 m", "5d", "99999999999"] {
        assert!(seconds(wrong).is_err(), "{wrong}");
    }
}

/// The Markdown files that people read, below a folder.
fn pages(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let each = entries.flat_map(|path| if path.is_dir() { pages(&path) } else { vec![path] });
    each.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

/// The command lines of a page: those behind a prompt, and those in backquotes.
fn command_lines(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_block = !is_block;
        } else if is_block {
            found.extend(line.strip_prefix("$ ").or(Some(line)).filter(|line| line.starts_with("maestro ")));
        } else {
            found.extend(line.split('`').skip(1).step_by(2).filter(|code| code.starts_with("maestro ")));
        }
    }
    found.into_iter().map(str::to_owned).collect()
}

#[test]
fn every_command_line_in_the_documents_is_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = pages(&root.join("docs"));
    pages.extend(["README.md", "CONTRIBUTING.md"].map(|name| root.join(name)));
    let (mut wrong, mut count) = (Vec::new(), 0);
    for page in pages {
        for line in command_lines(&std::fs::read_to_string(&page).unwrap()) {
            count += 1;
            // What a shell does with the output is no argument, and neither is what a reader has to fill in.
            let line = line.split(['>', '|', '#']).next().unwrap_or_default().replace(" …", " ");
            let words = line.split_whitespace().map(std::ffi::OsString::from).collect();
            let parsed = Cli::try_parse_from(crate::cli::words::following(words));
            if let Err(error) = parsed.map_err(|error| error.kind())
                && !matches!(
                    error,
                    ErrorKind::DisplayHelp
                        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                        | ErrorKind::MissingRequiredArgument
                )
            {
                wrong.push(format!("{}: {line}: {error:?}", page.display()));
            }
        }
    }
    assert!(count > 50, "only {count} command lines");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn command_lines_are_found_in_a_page() {
    let text =
        "Use `maestro apply web`, not `docker`:\n```console\n$ maestro plan > x\nmaestro diff\n$ ls\n```\n";
    assert_eq!(command_lines(text), ["maestro apply web", "maestro plan > x", "maestro diff"]);
}
