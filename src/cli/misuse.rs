//! A command line that cannot be parsed, as a problem for programs. People see what `clap` prints.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use maestro_report::problem::CommandProblem;

/// What is wrong with the command line. `tip` says what another tool's word is here.
pub(super) fn problem(error: &Error, tip: Option<&str>) -> CommandProblem {
    let usage = context(error, ContextKind::Usage);
    let usage = usage.map(|usage| usage.trim().replacen("Usage:", "usage:", 1));
    let valid = context(error, ContextKind::ValidValue).filter(|valid| !valid.is_empty());
    let help = valid.map(|valid| format!("possible values: {valid}"));
    let near = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
        .into_iter()
        .filter_map(|kind| Some(format!("did you mean '{}'?", context(error, kind)?)));
    let suggested = match error.get(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(all)) => all.iter().map(ToString::to_string).collect(),
        Some(_) | None => Vec::new(),
    };
    CommandProblem {
        message: message(error),
        notes: usage.into_iter().collect(),
        help: help.into_iter().chain(near).chain(suggested).chain(tip.map(str::to_owned)).collect(),
    }
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    error.get(kind).map(ToString::to_string)
}

/// What is wrong, in one sentence.
fn message(error: &Error) -> String {
    let get = |kind| context(error, kind).unwrap_or_default();
    let argument = get(ContextKind::InvalidArg);
    let value = get(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => format!("unexpected argument '{argument}' found"),
        ErrorKind::InvalidSubcommand => {
            format!("unrecognized subcommand '{}'", get(ContextKind::InvalidSubcommand))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("a value is required for '{argument}' but none was supplied")
        }
        ErrorKind::InvalidValue => format!("invalid value '{value}' for '{argument}'"),
        ErrorKind::ValueValidation => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
            format!("invalid value '{value}' for '{argument}'{}", cause.unwrap_or_default())
        }
        ErrorKind::ArgumentConflict => {
            format!("the argument '{argument}' cannot be used with '{}'", get(ContextKind::PriorArg))
        }
        ErrorKind::MissingRequiredArgument => format!("required and not given: {argument}"),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{super::args::Cli, *};

    fn of(words: &[&str]) -> CommandProblem {
        problem(&Cli::try_parse_from(["maestro"].iter().chain(words)).unwrap_err(), None)
    }

    #[test]
    fn each_kind_of_misuse_is_a_sentence() {
        for (words, message) in [
            (&["apply", "--frobnicate"][..], "unexpected argument '--frobnicate' found"),
            (&["aply"], "unrecognized subcommand 'aply'"),
            (&["--output"], "a value is required for '--output <FORMAT>' but none was supplied"),
            (&["--output", "xml", "status"], "invalid value 'xml' for '--output <FORMAT>'"),
            (
                &["apply", "-c", "0"],
                "invalid value '0' for '--concurrency <LIMIT>': 0 is not in 1..=4294967295",
            ),
            (&["start", "-r", "--reuse"], "the argument '--refresh-images' cannot be used with '--reuse'"),
            (&["unlock"], "required and not given: <NONCE>"),
        ] {
            assert_eq!(of(words).message, message, "{words:?}");
        }
        let apply = of(&["aply"]);
        assert_eq!(apply.help, ["did you mean 'apply'?"]);
        assert!(apply.notes[0].starts_with("usage: maestro"), "{apply:?}");
        assert_eq!(of(&["--output", "xml"]).help, ["possible values: text, json, markdown"]);
    }
}
