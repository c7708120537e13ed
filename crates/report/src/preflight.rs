//! What a preflight has found, each with its lines of the file, and what becomes of the command.

use serde_json::{Value, json};

use super::{diagnostics::draw_each, explain::preflight::diagnostic, labels::count, text::harmless};
use maestro_core::{
    diagnostic::Diagnostic,
    event::{Finding, Weight},
    model::Environment,
    plan::command::Command,
    source::Sources,
};

/// More instances than this are counted, but not named.
const NAMED: usize = 3;

/// What becomes of the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutcome {
    /// It ends before its first step.
    Refused,
    /// It goes on.
    GoesOn,
    /// It was only looked at.
    Planned,
    /// There is none: the ships were looked at.
    Checked,
}

impl CommandOutcome {
    /// A stable word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::GoesOn => "goes-on",
            Self::Planned => "planned",
            Self::Checked => "checked",
        }
    }
}

/// The command for which was looked.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// How the user calls the program: `maestro -f shop.yaml`.
    pub invocation: &'a str,
    /// The command.
    pub command: Command,
    /// What becomes of it.
    pub outcome: CommandOutcome,
}

/// All findings, drawn, and a last line that counts them and says what holds. Empty if there are none.
#[must_use]
pub fn text(
    findings: &[Finding],
    environment: &Environment,
    sources: &Sources,
    occasion: Occasion<'_>,
    colour: bool,
) -> String {
    let of = |weight| findings.iter().filter(move |finding| finding.weight == weight);
    let drawn: Vec<Diagnostic> = findings
        .iter()
        .filter(|finding| finding.weight != Weight::Remark)
        .map(|finding| titled(finding, environment))
        .collect();
    let mut text = draw_each(&drawn, sources, colour);
    for remark in of(Weight::Remark) {
        let place = sources_place(remark, sources);
        let Diagnostic { message, notes, .. } = titled(remark, environment);
        let line = format!("{message} ({}){place}", notes.join("; "));
        text.extend(["note: ", &harmless(&line), "\n"]);
    }
    let errors = of(Weight::Error).count();
    let counted: Vec<String> = [(errors, "error"), (of(Weight::Warning).count(), "warning")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| count(number, what))
        .collect();
    if !counted.is_empty() {
        let counted = counted.join(" and ");
        text.extend([&counted, &holds(occasion, errors), "\n"]);
    }
    text
}

/// What holds, and how one gets past it.
fn holds(Occasion { invocation, command, outcome }: Occasion<'_>, errors: usize) -> String {
    let holds = match outcome {
        CommandOutcome::Refused => {
            format!("nothing was changed; `{invocation} {command} --no-preflight` continues anyway")
        }
        CommandOutcome::GoesOn => format!("{command} continues"),
        CommandOutcome::Planned if errors > 0 => {
            format!("{command} would change nothing until this is fixed")
        }
        CommandOutcome::Planned => format!("{command} would continue"),
        CommandOutcome::Checked => return "; nothing was changed".to_owned(),
    };
    format!(" before the first step: {holds}")
}

/// ` (shop.yaml:12)`.
fn sources_place(finding: &Finding, sources: &Sources) -> String {
    finding.span.map_or_else(String::new, |span| {
        let place = sources.location(span);
        format!(" ({}:{})", place.name, place.line)
    })
}

/// A finding whose message begins with its instances: `web-1, web-2: port 80 of ship local is in use`.
fn titled(finding: &Finding, environment: &Environment) -> Diagnostic {
    let mut diagnostic = diagnostic(finding, environment);
    let names = finding.instances.iter().take(NAMED).map(|id| environment.instance(*id).name.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    diagnostic.message = match finding.instances.len() {
        0 => diagnostic.message,
        all if all > NAMED => format!("{names} and {} more: {}", all - NAMED, diagnostic.message),
        _ => format!("{names}: {}", diagnostic.message),
    };
    diagnostic
}

/// The findings for programs. Texts are as they came: print them by [`super::json`].
#[must_use]
pub fn json(findings: &[Finding], environment: &Environment, sources: &Sources) -> Vec<Value> {
    let each = findings.iter().map(|finding| {
        let diagnostic = diagnostic(finding, environment);
        let place = finding.span.map(|span| sources.location(span));
        let names = finding.instances.iter().map(|id| environment.instance(*id).name.as_str());
        json!({
            "severity": match finding.weight {
                Weight::Error => "error",
                Weight::Warning => "warning",
                Weight::Remark => "remark",
            },
            "code": diagnostic.code,
            "ship": environment.ship(finding.ship).name,
            "instances": names.collect::<Vec<_>>(),
            "what": diagnostic.message,
            "why": diagnostic.notes.join("; "),
            "next": diagnostic.help.iter().map(|help| help.text.as_str()).collect::<Vec<_>>().join("; "),
            "file": place.as_ref().map(|place| place.name.as_str()),
            "line": place.as_ref().map(|place| place.line),
        })
    });
    each.collect()
}

/// The findings as one event of a run.
#[must_use]
pub fn event(
    findings: &[Finding],
    environment: &Environment,
    sources: &Sources,
    occasion: Occasion<'_>,
) -> Value {
    json!({
        "event": "preflight",
        "command": occasion.command.to_string(),
        "outcome": occasion.outcome.word(),
        "findings": json(findings, environment, sources),
    })
}
