//! `man`: manual pages, made of the same texts as `--help`.

use std::{fs, io, path::Path};

use clap::CommandFactory as _;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use crate::cli::{
    args::{Cli, ManArgs},
    error::{End, Problem},
    session::Session,
};
use maestro_report::{problem::CommandProblem, text::harmless};

/// What the pages belong to, above each of them.
const MANUAL: &str = "Maestro Manual";
/// An apostrophe that stays one in every output format.
const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";
/// The files that the program reads without being told to, and for what.
const FILES: [(&str, &str); 3] = [
    ("maestro.yaml", "The environment, in this directory or the nearest parent directory that has it."),
    ("compose.yaml", "A Compose file, where there is no maestro.yaml."),
    ("~/.docker/config.json", "Logins of registries, and Docker contexts."),
];
/// The variables that the program reads.
const VARIABLES: [(&str, &str); 5] = [
    ("MAESTRO_FILE", "The file to read, as -f names it."),
    (
        "MAESTRO_GUEST",
        "Static programs maestro-guest with a colon between them, from which links --check takes the one for a ship's processor.",
    ),
    ("MAESTRO_YES", "Set to 1: remove data without asking, as -y does."),
    ("DOCKER_HOST, DOCKER_CONTEXT", "The engine of an environment that names no ships."),
    ("NO_COLOR", "Print no colours."),
];

pub(in crate::cli) fn run(args: &ManArgs) -> Result<End, Problem> {
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    match &args.folder {
        None => Session::print_whole(&page(&cli)?)?,
        Some(folder) => write_all(&cli, folder).map_err(|error| {
            let name = harmless(&folder.display().to_string()).into_owned();
            Problem::ended(
                CommandProblem::new(format!("the pages cannot be written to {name}: {error}"))
                    .help("name another directory; without one, `maestro man` prints the page of `maestro`"),
                End::Failed,
            )
        })?,
    }
    Ok(End::Done)
}

/// Writes the page of a command and those of the commands below it, `maestro-volume-backup.1` for example.
fn write_all(command: &clap::Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(Man::new(command.clone()).get_filename()), page(command)?)?;
    let below = command.get_subcommands().filter(|command| !command.is_hide_set());
    below.into_iter().try_for_each(|command| write_all(command, folder))
}

fn page(command: &clap::Command) -> io::Result<String> {
    let is_whole = command.get_name() == "maestro";
    let man = Man::new(command.clone());
    let mut text = Vec::new();
    man.render_name_section(&mut text)?;
    synopsis(command).to_writer(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    if command.get_after_help().is_some() {
        man.render_extra_section(&mut text)?;
    }
    let mut roff = Roff::new();
    if is_whole {
        listed(&mut roff, "ENVIRONMENT", &VARIABLES);
        listed(&mut roff, "FILES", &FILES);
    } else {
        roff.control("SH", ["SEE ALSO"]).text([bold("maestro"), roman("(1)")]);
    }
    roff.to_writer(&mut text)?;
    Ok(title(command) + &tidied(&String::from_utf8_lossy(&text)))
}

/// The first lines of a page. `roff` leaves out an empty word, so it would take the version for the date.
fn title(command: &clap::Command) -> String {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    format!("{APOSTROPHE}.TH {name} 1 \"\" \"maestro {}\" \"{MANUAL}\"\n", env!("CARGO_PKG_VERSION"))
}

fn synopsis(command: &clap::Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage:").unwrap_or(&usage).trim();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for (at, line) in usage.lines().enumerate() {
        if at > 0 {
            roff.control("br", []);
        }
        roff.text([roman(line.trim())]);
    }
    roff
}

/// The sections as one page: each of them repeats the definition of the apostrophe.
fn tidied(sections: &str) -> String {
    let lines = sections.replace(APOSTROPHE, "").replace(".SH EXTRA", ".SH NOTES");
    lines.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A section of names and what they are for.
fn listed(roff: &mut Roff, heading: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (name, meaning) in entries {
        roff.control("TP", []).text([bold(*name)]).text([roman(*meaning)]);
    }
}
