//! Wrong uses of `-f`: other tools follow or force with it, or print in a format; here it names the file.

use std::{ffi::OsString, path::Path};

use clap::{
    CommandFactory as _,
    error::{ContextKind, ErrorKind},
};

use super::{args::Cli, error::Problem, words};
use maestro_core::value::shell::quoted;
use maestro_report::{problem::CommandProblem, text::harmless};

const MEANS: &str = "`-f` names the file, before and after a command; after `logs` it follows";

/// What a command says to `-f` where other tools mean something by it.
enum Meaning {
    /// It can go on showing: with that option, or by itself.
    Follow(Option<&'static str>),
    /// It changes something, and may ask first.
    Force,
    /// Nothing.
    Nothing,
}

fn meaning(command: &str) -> Meaning {
    match command {
        "status" | "ps" => Meaning::Follow(Some("--watch")),
        "events" | "stats" => Meaning::Follow(None),
        "apply" | "up" | "start" | "stop" | "restart" | "kill" | "clean" | "rm" | "down" | "scale"
        | "pull" | "rollback" | "pause" | "unpause" => Meaning::Force,
        _ => Meaning::Nothing,
    }
}

/// Where `-f` stands behind the command, before the words of another program.
fn behind(typed: &[String], command: usize) -> Option<usize> {
    // What follows the name of an instance is the program's.
    let most = if matches!(typed[command].as_str(), "exec" | "run") {
        let name = typed.iter().enumerate().skip(command + 1).find(|(_, word)| !word.starts_with('-'))?.0;
        name + 1
    } else {
        typed.len()
    };
    typed[..most].iter().skip(command + 1).position(|word| word == "-f").map(|at| command + 1 + at)
}

/// The command line without `-f`, and with something in its place.
fn again(typed: &[String], at: usize, place: &[&str]) -> String {
    let words = typed[..at].iter().map(String::as_str).chain(place.iter().copied());
    line(words.chain(typed[at + 1..].iter().map(String::as_str)))
}

/// These words as a command line to type.
fn line<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let line = words.map(quoted).fold("maestro".to_owned(), |line, word| line + " " + &word);
    harmless(&line).into_owned()
}

/// What to type in place of a command line in which `-f` stands there.
fn advice(typed: &[String], command: usize, at: usize) -> String {
    let name = typed[command].as_str();
    let value = typed.get(at + 1).map(String::as_str).unwrap_or_default();
    if value.contains("{{") {
        let mut left = typed.to_vec();
        left.drain(at..=at + 1);
        left.splice(0..0, ["--output".to_owned(), "json".to_owned()]);
        return format!("JSON has all there is: `{}`", line(left.iter().map(String::as_str)));
    }
    if value.contains('=')
        && !value.contains('/')
        && matches!(name, "status" | "ps" | "images" | "outdated" | "events")
    {
        return format!("to filter: `{}`", again(typed, at, &["--filter"]));
    }
    match meaning(name) {
        Meaning::Follow(Some(option)) => format!("to follow: `{}`", again(typed, at, &[option])),
        Meaning::Follow(None) => format!("it goes on by itself: `{}`", again(typed, at, &[])),
        Meaning::Force => format!("to agree to what it would ask: `{}`", again(typed, at, &["-y"])),
        Meaning::Nothing => format!("leave `-f` out: `{}`", again(typed, at, &[])),
    }
}

/// Whether a word is a command, under any of its names.
fn is_command(word: &str) -> bool {
    let cli = Cli::command();
    cli.get_subcommands()
        .any(|known| known.get_name() == word || known.get_all_aliases().any(|alias| alias == word))
}

fn texts(arguments: &[OsString]) -> Vec<String> {
    arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect()
}

/// Refuses a `-f` behind a command whose word is no file, and looks like none.
pub(super) fn check(arguments: &[OsString]) -> Result<(), Problem> {
    let Some(command) = words::command(arguments).map(|at| at - 1) else { return Ok(()) };
    let typed = texts(arguments);
    // Its words are not ours.
    if matches!(typed[command].as_str(), "guest" | "complete") {
        return Ok(());
    }
    let Some(at) = behind(&typed, command) else { return Ok(()) };
    let Some(value) = typed.get(at + 1).filter(|value| !is_like_a_file(value)) else { return Ok(()) };
    let problem = CommandProblem::new(format!("there is no file {}", harmless(value))).note(MEANS);
    Err(Problem::bad_input(problem.help(advice(&typed, command, at))))
}

/// Whether that could be meant for a file: it is there, or is called or placed like one.
fn is_like_a_file(word: &str) -> bool {
    const ENDS: [&str; 5] = [".yaml", ".yml", ".j2", ".json", ".tmpl"];
    let lower = word.to_lowercase();
    let is_path =
        (word.contains('/') && !word.contains(['=', '{'])) || ENDS.iter().any(|end| lower.ends_with(end));
    word == "-" || is_path || Path::new(word).exists()
}

/// What to say of a command line that cannot be parsed because of a `-f`.
pub(super) fn tip(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let typed = texts(arguments);
    match error.kind() {
        // `maestro status -f`
        ErrorKind::InvalidValue => {
            let of_file = error.get(ContextKind::InvalidArg)?.to_string().starts_with("--file");
            let command = words::command(arguments).map(|at| at - 1).filter(|_| of_file)?;
            let at = behind(&typed, command)?;
            Some(format!("{MEANS}; {}", advice(&typed, command, at)))
        }
        // `maestro attach -f web-1`: the name is taken for the file.
        ErrorKind::MissingRequiredArgument => {
            let command = words::command(arguments).map(|at| at - 1)?;
            let at = behind(&typed, command)?;
            typed.get(at + 1).filter(|value| !is_like_a_file(value))?;
            Some(format!("{MEANS}; {}", advice(&typed, command, at)))
        }
        // `maestro -f logs web-1`, `maestro -f up`
        ErrorKind::InvalidSubcommand
        | ErrorKind::MissingSubcommand
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let at = typed.iter().position(|word| word == "-f")?;
            let taken = typed.get(at + 1).filter(|word| !Path::new(word.as_str()).exists())?;
            if !is_command(taken) {
                return None;
            }
            let mut left = typed.clone();
            left.remove(at);
            if taken == "logs" {
                left.insert(at + 1, "-f".to_owned());
            }
            Some(format!("`{taken}` is taken for the file: `{}`", line(left.iter().map(String::as_str))))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    /// What is said about a command line.
    fn told(line: &str) -> String {
        let arguments: Vec<OsString> =
            shlex::split(&format!("maestro {line}")).unwrap().into_iter().map(OsString::from).collect();
        let arguments = words::following(arguments);
        match Cli::try_parse_from(&arguments) {
            Err(error) => tip(&error, &arguments).unwrap_or_default(),
            Ok(_) => match check(&arguments) {
                Ok(()) => String::new(),
                Err(problem) => problem.told().0.unwrap(),
            },
        }
    }

    #[test]
    fn what_other_tools_mean_is_answered_with_what_to_type() {
        for (typed, type_this) in [
            ("status -f", "maestro status --watch"),
            ("ps -f web-1", "maestro ps --watch web-1"),
            ("ps -f service=web", "maestro ps --filter 'service=web'"),
            ("stats -f web-1", "maestro stats web-1"),
            ("events -f", "maestro events"),
            ("apply web-1 -f", "maestro apply web-1 -y"),
            ("up -f web", "maestro up -y web"),
            ("down -f", "maestro down -y"),
            ("rm -f web-1", "maestro rm -y web-1"),
            ("kill -f web-1", "maestro kill -y web-1"),
            ("exec -f web-1 sh", "maestro exec web-1 sh"),
            ("run -f web true", "maestro run web true"),
            ("attach -f web-1", "maestro attach web-1"),
            ("inspect -f '{{.State.Pid}}' web-1", "maestro --output json inspect web-1"),
            ("-f logs web-1", "maestro logs -f web-1"),
            ("-f up", "maestro up"),
            ("-f status web", "maestro status web"),
        ] {
            let told = told(typed);
            assert!(told.contains(&format!("`{type_this}`")), "{typed}: {told}");
            let words =
                words::following(shlex::split(type_this).unwrap().into_iter().map(OsString::from).collect());
            assert!(Cli::try_parse_from(words).is_ok(), "{type_this}");
        }
    }

    #[test]
    fn what_may_be_a_file_is_left_alone() {
        for line in [
            "status -f shop.yaml",
            "apply -f -",
            "up -f ./shop",
            "-f shop status",
            "logs -f web-1",
            "exec web-1 tail -f log",
            "run web tail -f log",
            "status -f Cargo.toml",
            "-f shop frobnicate",
        ] {
            assert_eq!(told(line), "", "{line}");
        }
    }
}
