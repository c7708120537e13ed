//! `exec` and `rexec` checks: a command, and how long it is tried.

use std::time::Duration;

use super::{CheckKind, keys, max_wait, missing};
use crate::document::{
    read::{Fields, Reader},
    settings,
    yaml::NodeId,
};
use maestro_core::{
    diagnostic::{Diagnostic, Help, nearest},
    source::Span,
    value::check::{EnvFrom, Tries},
};

/// `MaestroNG`'s, for checks that do not say it.
const DEFAULT_ATTEMPTS: u32 = 180;
/// How long a try may take at least, unless `max_wait` says it: `MaestroNG` lets a try take as long as it likes, and
/// its users have commands that wait by themselves.
const LEAST_TIME_OF_A_TRY: Duration = Duration::from_secs(180);

pub(super) fn exec(reader: &mut Reader<'_>, node: NodeId, kind: Span) -> Option<CheckKind> {
    let known = [keys::COMMAND_CHECK, keys::EXEC_CHECK];
    let fields = reader.section(node, "an exec check", &known, "{type: exec, command: ./ready.sh}");
    let (command, tries) = (command(reader, &fields, kind), tries(reader, &fields));
    let env_from = env_from(reader, &fields)?;
    Some(CheckKind::Exec { command: command?, env_from, tries: tries? })
}

pub(super) fn rexec(reader: &mut Reader<'_>, node: NodeId, kind: Span) -> Option<CheckKind> {
    let example = "{type: rexec, command: /ready.sh}";
    let fields = reader.section(node, "a rexec check", &[keys::COMMAND_CHECK], example);
    let (command, tries) = (command(reader, &fields, kind), tries(reader, &fields));
    Some(CheckKind::Rexec { command: command?, tries: tries? })
}

fn command(reader: &mut Reader<'_>, fields: &Fields, kind: Span) -> Option<Vec<String>> {
    if !fields.attempted(reader, "command") && !fields.attempted(reader, "cmd") {
        missing(reader, fields, kind, "command", "add `command:` and what to run, for example `./ready.sh`");
        return None;
    }
    let command = settings::command::read(reader, fields)?;
    if command.value.is_empty() {
        let diagnostic = Diagnostic::error("bad-command", "this command has no words");
        let help = "write what to run, for example `command: ./ready.sh`";
        reader.diagnostics.push(diagnostic.at(command.span, "nothing to run").help(help));
        return None;
    }
    Some(command.value)
}

fn tries(reader: &mut Reader<'_>, fields: &Fields) -> Option<Tries> {
    let attempts = match fields.get(reader, "attempts").cloned() {
        Some(field) => {
            let bounds = (0, i64::from(u16::MAX));
            let attempts = reader.integer(field.value, "`attempts`", bounds, "attempts: 30")?;
            // In MaestroNG 0 is as good as nothing.
            u32::try_from(attempts.value).ok().filter(|attempts| *attempts > 0)
        }
        None => None,
    };
    let attempts = attempts.unwrap_or(DEFAULT_ATTEMPTS);
    let delay = match fields.get(reader, "delay").cloned() {
        Some(field) => reader.seconds(field.value, "delay", "1")?,
        None => Duration::from_secs(1),
    };
    let at_most = max_wait(reader, fields)?;
    let within = delay.saturating_mul(attempts);
    let within = at_most.map_or(within, |most| {
        // Who says how long it may take, but not how often, wants it to be tried all that time.
        if fields.get(reader, "attempts").is_some() { within.min(most) } else { most }
    });
    let each = at_most.unwrap_or_else(|| within.max(LEAST_TIME_OF_A_TRY));
    Some(Tries { within, at_least: attempts, each, at_most })
}

fn env_from(reader: &mut Reader<'_>, fields: &Fields) -> Option<EnvFrom> {
    let Some(field) = fields.get(reader, "envfrom").cloned() else { return Some(EnvFrom::Variables) };
    let word = reader.text(field.value, "`envfrom`", "envfrom: stdin")?;
    match word.value.as_str() {
        "env" => Some(EnvFrom::Variables),
        "stdin" => Some(EnvFrom::Stdin),
        other => {
            let diagnostic = Diagnostic::error("bad-check", format!("`envfrom` cannot be `{other}`"))
                .at(word.span, "neither `env` nor `stdin`");
            reader.diagnostics.push(match nearest(other, ["env", "stdin"]) {
                Some(near) => diagnostic.help(Help::did_you_mean(word.span, other, near)),
                None => diagnostic.help(
                    "write `env` to pass the instance's environment as variables, `stdin` to pass it as JSON",
                ),
            });
            None
        }
    }
}
