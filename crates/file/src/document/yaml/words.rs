//! Says in plain words what is wrong where the parser stopped.

mod around;
mod characters;
mod indents;
mod lines;

use super::{Dialect, MAX_DEPTH};
pub(super) use around::{Around, YamlProblem, line_range, visible};
use around::{character_at, rest_of_line, word_at};
pub(super) use characters::{control_character, explain_control_character, is_escape, named};
use characters::{reserved_character, unknown_escape};
use granit_parser::{ErrorKind, ScanError};
pub(super) use lines::look_alike;
use lines::{
    missing_colon, not_a_key, not_an_item, second_colon, strange_colon, strange_space, tab_in_indentation,
};
use maestro_core::diagnostic::{Diagnostic, nearest};

/// A character that only looks like a space or a `:`.
pub(super) fn strange(around: &Around<'_>) -> Option<YamlProblem> {
    strange_space(around).or_else(|| strange_colon(around))
}

/// Why the parser stopped, and what to do about it.
pub(super) fn explain(error: &ScanError, around: &Around<'_>) -> YamlProblem {
    use ErrorKind as E;
    if let Some(finding) = tab_in_indentation(error.kind(), around) {
        return finding;
    }
    if let Some(finding) = strange(around) {
        return finding;
    }
    match error.kind() {
        E::UnclosedQuotedScalar | E::DocumentIndicatorInQuotedScalar => unclosed_quote(around),
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
            text_behind_quote(around)
        }
        E::UnknownQuotedScalarEscape => unknown_escape(around),
        E::UnclosedFlowCollection { .. }
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::ExpectedFlowMappingSeparator
        | E::ExpectedFlowSequenceSeparator
        | E::BlockEntryInFlowCollection
        | E::InvalidColonPlacement
        | E::InvalidFlowScalarIndent => open_bracket(error, around),
        E::MismatchedFlowCollectionEnd { open, close } => wrong_bracket(*open, *close, around),
        E::MisplacedFlowCollectionEnd => YamlProblem::new(
            "mismatched-bracket",
            "this closes a bracket that is not open",
            character_at(around),
        )
        .help("remove it, or put the text in quotes"),
        E::MappingValueNotAllowed => second_colon(around),
        E::ExpectedBlockMappingKey => not_a_key(around),
        E::ExpectedBlockSequenceEntry => not_an_item(around),
        E::SimpleKeyExpected | E::InvalidSimpleKey => missing_colon(around),
        E::UnexpectedCharacter { character } => reserved_character(*character, around),
        other => explain_rest(other, error, around),
    }
}

/// Words for what is rare.
fn explain_rest(kind: &ErrorKind, error: &ScanError, around: &Around<'_>) -> YamlProblem {
    use ErrorKind as E;
    match kind {
        E::BlockSequenceEntryNotAllowed => YamlProblem::new(
            "bad-indentation",
            "a list cannot begin on the line of its key",
            rest_of_line(around),
        )
        .help("put the item into the next line, indented below the key"),
        E::InvalidBlockScalarHeader => YamlProblem::new(
            "syntax",
            "only `+`, `-` or a digit may stand after `|` or `>`",
            rest_of_line(around),
        )
        .help("put the text into the lines below, indented; or put it in quotes"),
        E::CommentNotSeparated => YamlProblem::new(
            "missing-space",
            "a comment needs a space in front of its `#`",
            character_at(around),
        )
        .help("put a space there; or, if this is no comment, put the whole value in quotes"),
        E::CommentInterceptedScalar => YamlProblem::new(
            "syntax",
            "a comment stands in the middle of a value that goes on in the next line",
            character_at(around),
        )
        .help("move the comment, or correct the indentation of the next line if it is no part of the value"),
        E::InvalidBlockEntryWhitespace => YamlProblem::new(
            "tab-in-indentation",
            "a tab cannot stand between `-` and what follows",
            around.at.saturating_sub(1)..around.at,
        )
        .help("replace it with a space"),
        E::RecursionLimitExceeded => {
            YamlProblem { problem: too_deep(), ..YamlProblem::new("", "", character_at(around)) }
        }
        E::UndeclaredTagHandle => {
            YamlProblem::new("unknown-tag", "this tag (`!…`) is not known", word_at(around))
                .help("if it is text, put it in quotes")
        }
        _ => YamlProblem::new("syntax", format!("this is not YAML: {}", error.info()), character_at(around))
            .help("if it is meant as text, put it in quotes"),
    }
}

/// The complaint about nesting; also where aliases make it deep.
pub(super) fn too_deep() -> Diagnostic {
    Diagnostic::error("too-deep", format!("more than {MAX_DEPTH} mappings or lists lie in each other here"))
        .help("nothing that maestro reads is nested like that; look for brackets that are not closed")
}

/// The complaint about a tag that means nothing here.
pub(super) fn unknown_tag(tag: &str, dialect: Dialect) -> Diagnostic {
    let of_dialect: &[&str] = match dialect {
        Dialect::Compose => &["!reset", "!override"],
        Dialect::Maestro => &[],
    };
    let known = ["!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq"];
    let known: Vec<&str> = of_dialect.iter().copied().chain(known).collect();
    let diagnostic = Diagnostic::error("unknown-tag", format!("the tag `{tag}` is not known"))
        .note(format!("tags that work here: {}", known.join(", ")));
    let diagnostic = match nearest(tag, of_dialect.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    };
    diagnostic.help("remove it; or, if it is meant as text, put it in quotes")
}

fn unclosed_quote(around: &Around<'_>) -> YamlProblem {
    let quote = around.text[around.at..].chars().next().unwrap_or('"');
    let finding = YamlProblem::new(
        "unclosed-quote",
        format!("the quote `{quote}` is never closed"),
        character_at(around),
    )
    .label("opened here")
    .help(format!("close it with another `{quote}`"));
    if quote == '\'' {
        finding.help("an apostrophe inside of single quotes is written twice: `'it''s'`")
    } else {
        finding.help("a quote inside of double quotes is written `\\\"`")
    }
}

fn text_behind_quote(around: &Around<'_>) -> YamlProblem {
    let quote = around.text[..around.at].trim_end().chars().next_back().unwrap_or('"');
    let closed = around.text[..around.at].trim_end().len().saturating_sub(1);
    let opened = around.text[..closed].get(around.last_scalar.end..).and_then(|between| between.find(quote));
    let opened = opened.map(|at| around.last_scalar.end + at);
    let finding =
        YamlProblem::new("text-after-quote", "there is text after the closing quote", rest_of_line(around));
    match opened {
        // A quote that is not closed in its line swallows all up to the next quote.
        Some(opened) if around.text[opened..closed].contains('\n') => YamlProblem::new(
            "unclosed-quote",
            format!("the quote `{quote}` is not closed in its line"),
            opened..opened + 1,
        )
        .label("opened here")
        .also(closed..closed + 1, "it goes on until this quote")
        .help(format!("close it at the end of its line with another `{quote}`")),
        _ if quote == '\'' => finding
            .help("an apostrophe inside of single quotes is written twice: `'it''s'`")
            .help("or put the whole value in double quotes"),
        _ => finding
            .help("put the whole value in quotes, or none of it")
            .help("a quote inside of double quotes is written `\\\"`"),
    }
}

fn closing(open: char) -> char {
    if open == '[' { ']' } else { '}' }
}

fn wrong_bracket(open: char, close: char, around: &Around<'_>) -> YamlProblem {
    let at = around.text[around.at..].find(close).map_or(around.at, |at| around.at + at);
    YamlProblem::new("mismatched-bracket", format!("`{open}` is closed by `{close}`"), at..at + 1)
        .also(around.at..around.at + 1, "opened here")
        .help(format!("close it with `{}`", closing(open)))
}

fn open_bracket(error: &ScanError, around: &Around<'_>) -> YamlProblem {
    let named = matches!(error.kind(), ErrorKind::UnclosedFlowCollection { .. });
    let Some(bracket) = around.bracket.or(named.then_some(around.at)) else {
        return YamlProblem::new("syntax", "a `:` cannot stand here", character_at(around))
            .help("if it is meant as text, put it in quotes");
    };
    let open = around.text[bracket..].chars().next().filter(|c| matches!(c, '[' | '{')).unwrap_or('[');
    let at = character_at(around);
    let same_line = !around.text[bracket.min(at.start)..at.start.max(bracket)].contains('\n');
    if same_line && at.start > bracket && !around.text[at.start..].trim().is_empty() {
        let close = closing(open);
        return YamlProblem::new(
            "unclosed-bracket",
            format!("a `,` or the closing `{close}` is missing before this"),
            at,
        )
        .also(bracket..bracket + 1, "opened here")
        .help(format!("separate with `,`, close with `{close}`, or put the text in quotes"));
    }
    let finding =
        YamlProblem::new("unclosed-bracket", format!("`{open}` is never closed"), bracket..bracket + 1)
            .label("opened here")
            .help(format!("close it with `{}`", closing(open)));
    if same_line { finding } else { finding.also(at, "this cannot stand between the brackets") }
}
