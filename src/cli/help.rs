//! The help of the program as a whole: its commands in groups.

use std::{ffi::OsString, io};

use clap::{Command as ClapCommand, CommandFactory as _};

use super::{args::Cli, words};

/// The commands by what they are for. Those of other builds of the program that this one does not have are left out.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Change",
        &[
            "apply", "start", "stop", "restart", "scale", "pause", "unpause", "kill", "down", "clean",
            "build", "pull", "push", "rollback", "watch",
        ],
    ),
    (
        "Look",
        &[
            "status", "plan", "diff", "why", "history", "timeline", "logs", "stats", "top", "images",
            "outdated", "inspect", "events", "dash", "ui", "ship", "links", "graph", "deptree",
        ],
    ),
    ("Work", &["exec", "run", "attach", "cp", "port-forward", "wait"]),
    ("Data", &["volume"]),
    ("Setup", &["init", "import", "config", "dump", "completions", "man", "unlock", "guest", "help"]),
];

/// The most columns that are used, also where there is no terminal.
const COLUMNS: usize = 100;
/// Before the text about a command.
const INDENT: usize = 15;

/// Whether a command line asks for the help of the program as a whole.
pub(super) fn is_of_all(arguments: &[OsString]) -> bool {
    match words::command(arguments) {
        None => true,
        Some(at) => arguments[at].to_str() == Some("help") && arguments.len() == at + 1,
    }
}

/// Prints the help of the program as a whole.
pub(super) fn print() -> io::Result<()> {
    let told = crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns));
    let columns = told.filter(|columns| *columns > 0).unwrap_or(COLUMNS).min(COLUMNS);
    let mut cli = Cli::command();
    cli.build();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\nCommands:\n{}\n{{all-args}}{{after-help}}",
        groups(&cli, columns)
    );
    // They are in their groups; `clap` would list them once more.
    let names: Vec<String> = cli.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let cli = names.into_iter().fold(cli, |cli, name| cli.mut_subcommand(name, |command| command.hide(true)));
    cli.override_usage("maestro [OPTIONS] <COMMAND>").help_template(template).print_help()
}

fn groups(cli: &ClapCommand, columns: usize) -> String {
    let mut lines = Vec::new();
    for (group, names) in GROUPS {
        let known: Vec<&ClapCommand> = names.iter().filter_map(|name| cli.find_subcommand(name)).collect();
        if !known.is_empty() {
            lines.push(format!(" {group}:"));
        }
        for command in known {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let mut begun = format!("  {:<width$}", command.get_name(), width = INDENT - 2);
            for word in about.split(' ') {
                if begun.trim_end().len() > INDENT && begun.len() + word.len() > columns {
                    lines.push(begun.trim_end().to_owned());
                    begun = " ".repeat(INDENT);
                }
                begun += word;
                begun.push(' ');
            }
            lines.push(begun.trim_end().to_owned());
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let mut cli = Cli::command();
        cli.build();
        for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = command.get_name();
            let times = GROUPS.iter().flat_map(|(_, names)| *names).filter(|one| **one == name).count();
            assert_eq!(times, 1, "{name}");
        }
    }

    #[test]
    fn lines_are_no_wider_than_the_terminal() {
        let mut cli = Cli::command();
        cli.build();
        let text = groups(&cli, 60);
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
        assert!(text.starts_with(" Change:\n  apply        Create missing"), "{text}");
    }

    #[test]
    fn the_help_of_a_command_is_its_own() {
        let asked = |line: &str| is_of_all(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asked("maestro --help") && asked("maestro help") && asked("maestro -f x.yaml -h"));
        assert!(!asked("maestro help apply") && !asked("maestro apply --help"));
    }
}
