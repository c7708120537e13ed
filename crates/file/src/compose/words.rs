//! What is said about variables and env files.

use super::{
    dotenv::{EnvFault, EnvFaultKind},
    interpolation::InterpolationFaultKind,
};
use maestro_core::{
    diagnostic::Diagnostic,
    source::{FileId, Span},
};

/// A variable that is not set.
pub(super) fn unset(name: &str, place: Span) -> Diagnostic {
    Diagnostic::warning("unset-variable", format!("the variable `{name}` is not set"))
        .at(place, "this is the empty text")
        .help(format!("set it in the environment or in `.env`, or write `${{{name}:-default}}`"))
}

/// An expression that cannot be filled in.
pub(super) fn cannot_be_filled_in(kind: &InterpolationFaultKind, written: &str, place: Span) -> Diagnostic {
    match kind {
        InterpolationFaultKind::Unclosed => {
            Diagnostic::error("bad-variable", "the `${` of this variable is never closed")
                .at(place, "no `}` follows")
                .help("close it with `}`; a `$` that begins no variable is written `$$`")
        }
        InterpolationFaultKind::Malformed => {
            Diagnostic::error("bad-variable", format!("`{written}` is no variable"))
                .at(place, "a name and an operator are expected between the braces")
                .help("write for example `${NAME}` or `${NAME:-default}`")
                .help(format!("or leave it to a shell in the container: `${written}`"))
        }
        InterpolationFaultKind::Required { name, message } => {
            let diagnostic =
                Diagnostic::error("missing-variable", format!("the variable `{name}` must be set"))
                    .at(place, "the file needs it");
            let diagnostic = match message.as_str() {
                "" => diagnostic,
                message => diagnostic.note(format!("the file says: {message}")),
            };
            diagnostic.help(format!("set it in the environment or in `.env`: `{name}=…`"))
        }
        InterpolationFaultKind::TooDeep => {
            Diagnostic::error("bad-variable", "too many variables lie in each other here")
                .at(place, "")
                .help("write the value of the innermost ones")
        }
    }
}

/// A mistake in an env file.
pub(super) fn bad_env_file(fault: &EnvFault, file: FileId, text: &str) -> Diagnostic {
    let place = Span::new(file, fault.range.clone());
    let error = |message: String| Diagnostic::error("bad-env-file", message);
    match &fault.kind {
        EnvFaultKind::Character(c) => error(format!("`{c}` cannot stand in the name of a variable"))
            .at(place, "")
            .help("write `NAME=value`; a comment begins with `#`"),
        EnvFaultKind::Space => error("the name of a variable has a space in it".to_owned())
            .at(place, "")
            .help("write `NAME=value`; a comment begins with `#`"),
        EnvFaultKind::NoName => {
            error("there is no name before the `=`".to_owned()).at(place, "").help("write `NAME=value`")
        }
        EnvFaultKind::Unclosed => error("this quote is never closed".to_owned())
            .at(place, "opened here")
            .help("close it; in single quotes write `\\'` for an apostrophe"),
        EnvFaultKind::Interpolation(inner) => {
            let written = text.get(fault.range.clone()).unwrap_or_default();
            cannot_be_filled_in(&inner.kind, written, place)
        }
    }
}

/// A format of env files that is not known.
pub(super) fn unknown_format(format: &str, place: Span) -> Diagnostic {
    Diagnostic::error("bad-value", format!("`{format}` is no format of env files"))
        .at(place, "")
        .help("write `format: raw`, or leave it out")
}
